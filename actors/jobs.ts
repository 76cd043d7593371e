/** The pool's entry: stateless CPU jobs, by name. */
export { createPki } from '../src/jobs/pki.js'
