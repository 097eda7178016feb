// Both hosts load the entry of package.json; each wants only its own library.
if (process.env['FUNCTION_TARGET'] || process.argv.some((word) => word.includes('functions-framework'))) {
  await import('./gcp.js');
} else {
  await import('./azure.js');
}
