/** Paths of files inside volumes and images: relative, and not leading out (validateLocalDescendingPath and its kin). */
import { type FieldError, type FieldPath, invalid } from './field-path.js'

export const isAbsolute = (path: string): boolean => path.startsWith('/')

export const noBacksteps = (path: string, at: FieldPath): FieldError[] =>
  path.split('/').includes('..') ? [invalid(at, path, "must not contain '..'")] : []

export const localPath = (path: string, at: FieldPath): FieldError[] => [
  ...(isAbsolute(path) ? [invalid(at, path, 'must be a relative path')] : []),
  ...noBacksteps(path, at),
]

/** As localPath(), and no name that atomic writers of volumes keep for themselves. */
export const unreservedPath = (path: string, at: FieldPath): FieldError[] => [
  ...localPath(path, at),
  ...(path.startsWith('..') && !path.startsWith('../') ? [invalid(at, path, "must not start with '..'")] : []),
]

/** path.Clean() of Go. */
export function cleanPath(path: string): string {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part === '..' && parts.length > 0 && parts[parts.length - 1] !== '..') parts.pop()
    else if (part !== '..' || !isAbsolute(path)) parts.push(part)
  }
  return isAbsolute(path) ? `/${parts.join('/')}` : parts.join('/') || '.'
}
