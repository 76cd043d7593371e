/** The types of io.k8s.apimachinery.pkg.version. Made by test/generators/api-tables.mjs; do not edit. Notation: src/api/schema/table.ts. */
export const version = `io.k8s.apimachinery.pkg.version /v1
Info major!+:s= minor!+:s= emulationMajor:s emulationMinor:s minCompatibilityMajor:s minCompatibilityMinor:s gitVersion!+:s= gitCommit!+:s= gitTreeState!+:s= buildDate!+:s= goVersion!+:s= compiler!+:s= platform!+:s=`
