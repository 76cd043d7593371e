/** The pool's entry: stateless CPU jobs, by name. */
export { simulate } from '../src/jobs/simulate.js'
