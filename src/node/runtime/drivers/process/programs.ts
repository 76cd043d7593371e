/**
 * The programs Troupe brings along for containers, as text: the runtime server writes them to its directory when it
 * starts, and containers run them with the Node that runs Troupe. Kept small: they stand in for images, they are not them.
 *
 *   pod-shim.cjs      loaded into every Node program of a pod (NODE_OPTIONS): binds the pod's address where the program
 *                     binds all addresses or localhost, connects from it, and finds service names without /etc/resolv.conf
 *   sitecustomize.py  the binding half of it for Python (PYTHONPATH)
 *   agnhost.cjs       the subcommands of registry.k8s.io/e2e-test-images/agnhost that work without an image
 *   web.cjs           nginx and httpd: static files and a welcome page
 */

const podShim = String.raw`'use strict'
// All pods of a machine share its loopback: a pod's localhost and "all addresses" are its own address.
const ip = process.env.POD_IP
if (ip && process.env.TROUPE_HOST_NETWORK !== '1') {
  const net = require('node:net')
  const dgram = require('node:dgram')
  const dns = require('node:dns')
  const every = new Set(['0.0.0.0', '::', '', 'localhost', '127.0.0.1', '::1'])
  const own = (host) => host === undefined || host === null || every.has(host)
  const local = new Set(['localhost', '127.0.0.1', '::1'])

  const listen = net.Server.prototype.listen
  net.Server.prototype.listen = function (...args) {
    const first = args[0]
    if (first && typeof first === 'object' && !('fd' in first) && !first._handle && first.path === undefined && first.port !== undefined) {
      if (own(first.host)) args[0] = { ...first, host: ip, ipv6Only: false }
    } else if (typeof first === 'number' || (typeof first === 'string' && /^\d+$/.test(first)) || first === undefined || first === null || typeof first === 'function') {
      if (typeof first === 'function' || first === undefined || first === null) args = [0, ...(first === undefined || first === null ? args.slice(1) : args)]
      if (typeof args[1] === 'string') { if (own(args[1])) args[1] = ip } else args.splice(1, 0, ip)
    }
    return listen.apply(this, args)
  }

  const connect = net.Socket.prototype.connect
  net.Socket.prototype.connect = function (...args) {
    const normal = Array.isArray(args[0]) ? args[0] : null
    const options = normal ? normal[0] : args[0]
    const fix = (o) => {
      if (o.path || o.socketPath) return o
      const host = o.host === undefined || local.has(o.host) ? ip : o.host
      const from = o.localAddress === undefined && /^127\./.test(host) ? { localAddress: ip } : {}
      return { ...o, ...from, host }
    }
    if (options && typeof options === 'object') {
      if (normal) normal[0] = fix(options)
      else args[0] = fix(options)
    } else if (typeof options === 'number' || /^\d+$/.test(String(options))) {
      const host = typeof args[1] === 'string' ? args[1] : undefined
      const rest = args.slice(host === undefined ? 1 : 2)
      args = [fix({ port: Number(options), host }), ...rest]
    }
    return connect.apply(this, args)
  }

  const bind = dgram.Socket.prototype.bind
  dgram.Socket.prototype.bind = function (...args) {
    if (args[0] && typeof args[0] === 'object' && args[0].fd === undefined) { if (own(args[0].address)) args[0] = { ...args[0], address: ip } }
    else if (typeof args[1] === 'string') { if (own(args[1])) args[1] = ip }
    else args = [typeof args[0] === 'function' || args[0] === undefined ? 0 : args[0], ip, ...args.filter((a) => typeof a === 'function')]
    return bind.apply(this, args)
  }

  const server = process.env.TROUPE_DNS
  if (server) {
    const resolver = new dns.Resolver({ timeout: 2000, tries: 2 })
    resolver.setServers([server])
    const search = (process.env.TROUPE_DNS_SEARCH || '').split(' ').filter(Boolean)
    const lookup = dns.lookup
    const inCluster = (name, done) => {
      const names = name.endsWith('.') ? [name] : [...search.map((zone) => name + '.' + zone), name]
      const next = (i) => i >= names.length ? done() : resolver.resolve4(names[i], (error, found) => error || !found.length ? next(i + 1) : done(found))
      next(0)
    }
    dns.lookup = function (name, options, callback) {
      const done = typeof options === 'function' ? options : callback
      const wanted = typeof options === 'function' || options === undefined ? {} : typeof options === 'number' ? { family: options } : options
      if (!name || net.isIP(name) || name === 'localhost') return lookup.call(dns, name, wanted, done)
      inCluster(name, (found) => {
        if (!found) return lookup.call(dns, name, wanted, done)
        return wanted.all ? done(null, found.map((address) => ({ address, family: 4 }))) : done(null, found[0], 4)
      })
    }
    dns.promises.lookup = (name, options) => new Promise((resolve, reject) => dns.lookup(name, options || {}, (error, address, family) => error ? reject(error) : resolve(options && options.all ? address : { address, family })))
  }
}
`

const sitecustomize = `import os, socket
_ip = os.environ.get('POD_IP')
if _ip and os.environ.get('TROUPE_HOST_NETWORK') != '1':
    _every = ('', '0.0.0.0', '::', 'localhost', '127.0.0.1', '::1')
    _bind = socket.socket.bind
    def _own(self, address):
        if self.family == socket.AF_INET and isinstance(address, tuple) and address[0] in _every:
            address = (_ip,) + tuple(address[1:])
        return _bind(self, address)
    socket.socket.bind = _own
`

const web = String.raw`'use strict'
const http = require('node:http'), fs = require('node:fs'), path = require('node:path')
const name = process.argv[2] === 'httpd' ? 'httpd' : 'nginx'
const root = name === 'httpd' ? '/usr/local/apache2/htdocs' : '/usr/share/nginx/html'
const welcome = name === 'httpd' ? '<html><body><h1>It works!</h1></body></html>\n'
  : '<!DOCTYPE html>\n<html>\n<head>\n<title>Welcome to nginx!</title>\n</head>\n<body>\n<h1>Welcome to nginx!</h1>\n<p>Served by Troupe, which runs no images: this page stands in for them.</p>\n</body>\n</html>\n'
const types = { '.html': 'text/html', '.css': 'text/css', '.js': 'application/javascript', '.json': 'application/json', '.txt': 'text/plain', '.svg': 'image/svg+xml', '.png': 'image/png' }
const server = http.createServer((request, response) => {
  const send = (code, type, body) => {
    response.writeHead(code, { 'content-type': type, 'content-length': Buffer.byteLength(body), server: name })
    response.end(request.method === 'HEAD' ? undefined : body)
    console.log(request.socket.remoteAddress + ' - - [' + new Date().toISOString() + '] "' + request.method + ' ' + request.url + ' HTTP/' + request.httpVersion + '" ' + code + ' ' + Buffer.byteLength(body))
  }
  let wanted
  try { wanted = path.join(root, path.normalize(decodeURIComponent(new URL(request.url, 'http://pod').pathname))) } catch { return send(400, 'text/html', '<h1>400 Bad Request</h1>\n') }
  if (wanted !== root && !wanted.startsWith(root + '/')) return send(403, 'text/html', '<h1>403 Forbidden</h1>\n')
  const file = wanted.endsWith('/') || wanted === root ? path.join(wanted, 'index.html') : wanted
  fs.readFile(file, (error, body) => {
    if (!error) return send(200, types[path.extname(file)] || 'application/octet-stream', body)
    if (file === path.join(root, 'index.html')) return send(200, 'text/html', welcome)
    send(404, 'text/html', '<html>\n<head><title>404 Not Found</title></head>\n<body><center><h1>404 Not Found</h1></center></body>\n</html>\n')
  })
})
server.on('error', (error) => { console.error(String(error.message)); process.exit(1) })
server.listen(Number(process.env.PORT || 80), process.env.POD_IP || '0.0.0.0')
for (const signal of ['SIGTERM', 'SIGQUIT', 'SIGINT']) process.on(signal, () => { server.close(() => process.exit(0)); server.closeAllConnections() })
`

const agnhost = String.raw`'use strict'
const http = require('node:http'), net = require('node:net'), dgram = require('node:dgram'), os = require('node:os'), fs = require('node:fs'), child = require('node:child_process')
const [command = 'pause', ...rest] = process.argv.slice(2)
const flags = {}
for (let i = 0; i < rest.length; i++) {
  const match = /^--?([\w-]+)(?:=(.*))?$/s.exec(rest[i])
  if (match) flags[match[1]] = match[2] !== undefined ? match[2] : rest[i + 1] !== undefined && !rest[i + 1].startsWith('-') ? rest[++i] : 'true'
}
const host = process.env.POD_IP || '0.0.0.0'
const quit = (code) => process.exit(code)
const onSignal = (run) => { for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, run) }
const fail = (message) => { console.error(message); quit(1) }
const listen = (server, port) => { server.on('error', (error) => fail(String(error.message))); server.listen(Number(port), host) }
const text = (response, code, body) => { response.writeHead(code, { 'content-type': 'text/plain; charset=utf-8' }); response.end(body) }

const commands = {
  pause() { console.log('Paused'); onSignal(() => quit(0)); setInterval(() => {}, 1 << 30) },
  'serve-hostname'() {
    onSignal(() => quit(0))
    const answer = os.hostname()
    if (flags.tcp !== 'true' && flags.http !== 'false') listen(http.createServer((_, response) => text(response, 200, answer)), flags.port || 9376)
    if (flags.tcp === 'true') listen(net.createServer((socket) => socket.end(answer)), flags.port || 9376)
    if (flags.udp === 'true') { const udp = dgram.createSocket('udp4'); udp.on('message', (_, from) => udp.send(answer, from.port, from.address)); udp.bind(Number(flags.port || 9376), host) }
  },
  'test-webserver'() {
    onSignal(() => quit(0))
    listen(http.createServer((request, response) => fs.readFile('.' + new URL(request.url, 'http://x').pathname, (error, body) => error ? text(response, 404, '404 page not found\n') : text(response, 200, body))), flags.port || 80)
  },
  'entrypoint-tester'() { console.log(JSON.stringify(process.argv.slice(1))) },
  netexec() {
    const state = { started: Date.now(), exit: false }
    onSignal(() => setTimeout(() => quit(0), Number(flags['delay-shutdown'] || 0) * 1000))
    const handler = (request, response) => {
      const url = new URL(request.url, 'http://pod')
      const get = (name) => url.searchParams.get(name)
      console.log(new Date().toISOString() + ' ' + request.method + ' ' + request.url)
      switch (url.pathname) {
        case '/': return text(response, 200, 'NOW: ' + new Date().toISOString())
        case '/hostname': case '/hostName': return text(response, 200, os.hostname())
        case '/clientip': return text(response, 200, request.socket.remoteAddress + ':' + request.socket.remotePort)
        case '/echo': return text(response, Number(get('code') || 200), get('msg') || '')
        case '/header': return text(response, 200, String(request.headers[(get('key') || '').toLowerCase()] || ''))
        case '/healthz': return text(response, 200, '')
        case '/readyz': return text(response, 200, '')
        case '/exit': { const code = Number(get('code') || 0); text(response, 200, ''); return void setTimeout(() => quit(code), Number.parseInt(get('wait') || '0', 10) || 10) }
        case '/redirect': response.writeHead(Number(get('code') || 302), { location: get('location') || '/' }); return response.end()
        case '/shell': case '/shutdown':
          if (url.pathname === '/shutdown') { text(response, 200, ''); return quit(0) }
          return child.exec(get('shellCommand') || get('cmd') || 'true', (error, stdout, stderr) => text(response, 200, JSON.stringify(error ? { output: stdout + stderr, error: error.message } : { output: stdout + stderr })))
        case '/dial': return dial(get, response)
        default: return text(response, 404, '404 page not found\n')
      }
    }
    const dial = async (get, response) => {
      const responses = [], errors = []
      for (let i = 0; i < Number(get('tries') || 1); i++) {
        await new Promise((done) => {
          if ((get('protocol') || 'http') === 'http') {
            const client = http.get({ host: get('host'), port: get('port'), path: '/' + encodeURI(get('request') || 'hostname'), timeout: 5000 }, (answer) => { let body = ''; answer.on('data', (c) => { body += c }); answer.on('end', () => { responses.push(body); done() }) })
            client.on('timeout', () => client.destroy(new Error('timeout'))); client.on('error', (error) => { errors.push(error.message); done() })
          } else {
            const udp = dgram.createSocket('udp4'); const timer = setTimeout(() => { errors.push('timeout'); udp.close(); done() }, 5000)
            udp.on('message', (body) => { responses.push(String(body)); clearTimeout(timer); udp.close(); done() }); udp.send(get('request') || 'hostname', Number(get('port')), get('host'))
          }
        })
      }
      text(response, 200, JSON.stringify({ ...(responses.length ? { responses } : {}), ...(errors.length ? { errors } : {}) }))
    }
    listen(http.createServer(handler), flags['http-port'] || 8080)
    const udpPort = Number(flags['udp-port'] || 8081)
    if (udpPort > 0) {
      const udp = dgram.createSocket('udp4')
      udp.on('message', (bytes, from) => {
        const ask = String(bytes).trim(), lower = ask.toLowerCase()
        const answer = lower === 'hostname' ? os.hostname() : lower.startsWith('echo ') ? ask.slice(5) : lower === 'clientip' ? from.address + ':' + from.port : undefined
        if (answer !== undefined) udp.send(answer, from.port, from.address)
      })
      udp.on('error', (error) => fail(error.message)); udp.bind(udpPort, host)
    }
  },
  mounttest() {
    const run = (name, show) => { if (flags[name]) for (const file of flags[name].split(',')) show(file) }
    run('fs_type', (f) => console.log('mount type of "' + f + '": ' + child.execFileSync('stat', ['-f', '-c', '%T', f]).toString().trim()))
    run('file_mode', (f) => console.log('mode of file "' + f + '": ' + modeOf(f)))
    run('file_perm', (f) => console.log('perms of file "' + f + '": ' + modeOf(f)))
    run('file_content', (f) => console.log('content of file "' + f + '": ' + fs.readFileSync(f)))
    run('file_content_in_loop', (f) => setInterval(() => { try { console.log('content of file "' + f + '": ' + fs.readFileSync(f)) } catch (error) { console.log('error reading file: ' + error.message) } }, 1000))
    run('new_file_0644', (f) => fs.writeFileSync(f, 'mount-tester new file\n', { mode: 0o644 }))
    run('new_file_0666', (f) => { fs.writeFileSync(f, 'mount-tester new file\n'); fs.chmodSync(f, 0o666) })
    run('new_file_0777', (f) => { fs.writeFileSync(f, 'mount-tester new file\n'); fs.chmodSync(f, 0o777) })
  },
  async inclusterclient() {
    const base = '/var/run/secrets/kubernetes.io/serviceaccount/'
    const once = () => new Promise((done) => require('node:https').get({ host: process.env.KUBERNETES_SERVICE_HOST, port: process.env.KUBERNETES_SERVICE_PORT, path: '/healthz', ca: fs.readFileSync(base + 'ca.crt'), headers: { authorization: 'Bearer ' + fs.readFileSync(base + 'token') } }, (answer) => { console.log('calling /healthz'); answer.resume(); answer.on('end', done) }).on('error', (error) => { console.error('status=failed, error: ' + error.message); done() }))
    onSignal(() => quit(0))
    for (;;) { await once(); await new Promise((done) => setTimeout(done, Number(flags['poll-interval'] || 30) * 1000)) }
  },
  'logs-generator'() {
    const total = Number(flags['log-lines-total'] || 10), period = (/ms$/.test(flags['run-duration'] || '') ? 1 : 1000) * Number.parseFloat(flags['run-duration'] || '1') / total
    let i = 0
    const timer = setInterval(() => { if (i >= total) return clearInterval(timer); console.log(new Date().toISOString() + ' ' + i++ + ' GET /api/v1/namespaces/kube-system/pods/' + Math.random().toString(36).slice(2, 6) + ' ' + (200 + Math.floor(Math.random() * 300))) }, period)
  },
  fakegitserver() { commands['test-webserver']() },
  help() { console.log('usage: agnhost ' + Object.keys(commands).join('|')) },
}
function modeOf(file) {
  const stat = fs.statSync(file)
  const bits = [...(stat.mode & 0o777).toString(2).padStart(9, '0')].map((bit, i) => bit === '1' ? 'rwx'[i % 3] : '-').join('')
  return (stat.mode & 0o1000 ? 't' : '') + (stat.isDirectory() ? 'd' : '-') + bits
}
const run = commands[command]
if (!run) fail('Error: unknown command "' + command + '" for "app"')
else run()
`

const hello = String.raw`console.log('\nHello from Troupe!\nThis message shows that your cluster appears to be working correctly.\n')
`

/** File name -> text, as they are written to the server's programs directory. */
export const programFiles: Readonly<Record<string, string>> = {
  'pod-shim.cjs': podShim,
  'sitecustomize.py': sitecustomize,
  'web.cjs': web,
  'agnhost.cjs': agnhost,
  'hello.cjs': hello,
}

/** The command line of a built-in program, given where the files are and which Node runs them. */
export function builtInCommand(
  program: 'pause' | 'agnhost' | 'web' | 'hello',
  args: readonly string[],
  directory: string,
  node: string,
): string[] {
  // A shell costs a twentieth of a Node process, and pause containers are many.
  if (program === 'pause') return ['/bin/sh', '-c', "trap 'exit 0' TERM INT; while :; do sleep 86400 & wait $!; done"]
  return [node, `${directory}/${program}.cjs`, ...args]
}
