/** Connections that are taken over: port-forward in its three forms, exec over SPDY as older kubectl speaks it, and proxies. */
import { spawn, execFile } from 'node:child_process'
import { realpathSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { PassThrough, Writable } from 'node:stream'
import { KubeConfig, PortForward } from '@kubernetes/client-node'
import t from 'tap'
import { CodedError } from '../../src/base/errors.js'
import { createHeaderCompression } from '../../src/apiserver/drivers/compression.js'
import { spdyDictionary } from '../../src/apiserver/streaming/spdy-dictionary.js'
import { createFrontWorld, type FrontWorld, kubectlPath } from '../support/front-world.js'
import { playKubelet } from '../support/played-kubelet.js'

const encoder = new TextEncoder()
const kubelet = playKubelet({
  async dial({ port }, stream) {
    if (port === 81) throw new CodedError('BadRequest', 'connection refused')
    for await (const { bytes } of stream) await stream.send({ bytes: encoder.encode(new TextDecoder().decode(bytes).toUpperCase()) })
  },
  async exec(params, stream) {
    if (params.command[0] === 'cat')
      for await (const item of stream) {
        if (item.type === 'stdin-end') break
        if (item.type === 'stdin') await stream.send({ type: 'stdout', bytes: item.bytes })
      }
    else await stream.send({ type: 'stdout', bytes: encoder.encode('said\n') })
    await stream.send({ type: 'exit', code: params.command[0] === 'false' ? 3 : 0 })
  },
})

async function start(): Promise<FrontWorld> {
  const world = await createFrontWorld({ actors: { 'kubelet-n1': kubelet as never } })
  const body = JSON.stringify({ metadata: { name: 'p' }, spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'i' }] } })
  const { status, text } = await world.request('POST', '/api/v1/namespaces/default/pods', { body, headers: { 'content-type': 'application/json' } })
  if (status !== 201) throw new Error(text)
  const running = JSON.stringify({ status: { phase: 'Running', podIP: '10.0.0.9' } })
  const patched = await world.request('PATCH', '/api/v1/namespaces/default/pods/p/status', { body: running, headers: { 'content-type': 'application/merge-patch+json' } })
  if (patched.status !== 200) throw new Error(patched.text)
  return world
}

/** Another version of kubectl beside the one that tests use; undefined where there is none. */
function olderKubectl(version: string): string | undefined {
  const path = kubectlPath()
  try {
    return path && realpathSync(join(dirname(path), `kubectl.${version}`))
  } catch {
    return undefined
  }
}

/** What comes back over a connection to a forwarded port. */
function talk(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    socket.on('data', (data: Buffer) => {
      answer += data.toString()
      if (answer.length >= text.length) socket.end()
    })
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
  })
}

async function forwarded(kubectl: string, kubeconfig: string, run: (port: number) => Promise<void>): Promise<string> {
  const child = spawn(kubectl, ['port-forward', 'pod/p', ':80', ':81'], { env: { ...process.env, KUBECONFIG: kubeconfig } })
  let stderr = ''
  let stdout = ''
  const port = await new Promise<number>((resolve, reject) => {
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()))
    child.stdout.on('data', (data: Buffer) => {
      stdout += data.toString()
      const found = /127\.0\.0\.1:(\d+) -> 80/.exec(stdout)
      if (found && / -> 81/.test(stdout)) resolve(Number(found[1]))
    })
    child.on('exit', () => reject(new Error(stderr)))
  })
  await run(port)
  const refused = Number(/127\.0\.0\.1:(\d+) -> 81/.exec(stdout)?.[1])
  await talk(refused, 'x')
  child.kill()
  return stderr
}

t.test('the dictionary is the one that clients have', async (t) => {
  t.equal(spdyDictionary.length, 1423)
  const compression = createHeaderCompression(spdyDictionary)
  const packed = await compression.compress(encoder.encode('content-type'))
  t.strictSame([...packed.subarray(2, 6)], [0xe3, 0xc6, 0xa7, 0xc2], 'its checksum is in every first frame')
  compression.close()
})

t.test('streams', { skip: kubectlPath() ? false : 'there is no kubectl here' }, async (t) => {
  const world = await start()
  t.teardown(() => world.close())

  t.test('kubectl port-forward tunnels SPDY through a WebSocket', async (t) => {
    const stderr = await forwarded(kubectlPath() as string, world.kubeconfig, async (port) => {
      t.equal(await talk(port, 'hello'), 'HELLO')
      t.equal((await talk(port, 'x'.repeat(300_000))).length, 300_000)
      t.strictSame(await Promise.all([talk(port, 'a'), talk(port, 'b'), talk(port, 'c')]), ['A', 'B', 'C'])
    })
    t.match(stderr, /error forwarding port 81 to pod p: connection refused/)
  })

  const older = olderKubectl('1.29')
  t.test('older kubectl speaks SPDY itself', { skip: older ? false : 'there is no kubectl 1.29 here' }, async (t) => {
    const stderr = await forwarded(older as string, world.kubeconfig, async (port) => {
      t.equal(await talk(port, 'hello'), 'HELLO')
    })
    t.match(stderr, /connection refused/)
    const run = (args: string[], input = '') =>
      new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
        const child = execFile(older as string, args, { env: { ...process.env, KUBECONFIG: world.kubeconfig }, timeout: 30_000, maxBuffer: 1e7 }, (error, stdout, stderr) => resolve({ code: error?.code ?? 0, stdout, stderr }))
        child.stdin?.end(input)
      })
    t.match(await run(['exec', 'p', '--', 'say']), { code: 0, stdout: 'said\n' })
    t.match(await run(['exec', 'p', '--', 'false']), { code: 3 })
    const much = await run(['exec', '-i', 'p', '--', 'cat'], 'y'.repeat(300_000))
    t.equal(much.stdout.length, 300_000)
  })

  t.test('the official client forwards over numbered channels', async (t) => {
    const config = new KubeConfig()
    config.loadFromFile(world.kubeconfig)
    const forward = new PortForward(config)
    const input = new PassThrough()
    let output = ''
    const answered = new Promise<void>((resolve) => {
      const sink = new Writable({
        write(chunk: Buffer, _encoding, done) {
          output += chunk.toString()
          if (output === 'PING') resolve()
          done()
        },
      })
      void forward.portForward('default', 'p', [80], sink, null, input).then((socket) => {
        input.write('ping')
        t.teardown(() => (socket as { close(): void }).close())
      })
    })
    await answered
    t.equal(output, 'PING')
  })
})
