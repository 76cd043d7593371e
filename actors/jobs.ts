/** The pool's entry: stateless CPU jobs, by name. */
export { openApi } from '../src/jobs/open-api.js'
export { simulate } from '../src/jobs/simulate.js'
