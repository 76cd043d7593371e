/** The types of io.k8s.apimachinery.pkg.version. Made by test/generators/api-tables.mjs; do not edit. Notation: src/api/schema/table.ts. */
export const version = `io.k8s.apimachinery.pkg.version /v1
Info buildDate!:s= compiler!:s= emulationMajor:s emulationMinor:s gitCommit!:s= gitTreeState!:s= gitVersion!:s= goVersion!:s= major!:s= minCompatibilityMajor:s minCompatibilityMinor:s minor!:s= platform!:s=`
