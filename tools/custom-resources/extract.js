// Writes the closed JSON Schemas of the custom resources that deploy/kubernetes uses: a field that is not in them is a fault.
// usage: npm install --ignore-scripts && node extract.js ../../deploy/kubernetes/schemas
// Source: the types in the packages of package.json (MIT), which were generated from the projects' own definitions.
const ts = require('typescript'), fs = require('fs'), path = require('path');
const out = process.argv[2];
const kinds = [
  // package, file in it, kind, and what is left out: parts that we do not use and that are long
  ['gateway-api', 'gateway.networking.k8s.io/v1/HTTPRoute', []],
  ['gateway-api', 'gateway.networking.k8s.io/v1/Gateway', []],
  ['gke', 'networking.gke.io/v1/HealthCheckPolicy', []],
  ['gke', 'networking.gke.io/v1/GCPBackendPolicy', []],
  ['argo-rollouts', 'argoproj.io/v1alpha1/Rollout', [/^spec\.template/, /^spec\.strategy\.(blueGreen|canary\.(analysis|antiAffinity|pingPong|steps\.(analysis|experiment)|trafficRouting\.(?!plugins|managedRoutes|maxTrafficWeight)))/]],
  ['external-secrets', 'external-secrets.io/v1/SecretStore', [/^spec\.provider\.(?!gcpsm)/]],
  ['external-secrets', 'external-secrets.io/v1/ExternalSecret', [/\.(generatorRef|sourceRef|template)\b/]],
];
const files = kinds.map(([pkg, file]) => path.resolve('node_modules/@kubernetes-models', pkg, file + '.d.ts'));
const program = ts.createProgram(files, { strict: true, skipLibCheck: true, moduleResolution: ts.ModuleResolutionKind.NodeJs });
const checker = program.getTypeChecker();
const has = (type, flag) => (type.flags & flag) !== 0;

function schema(type, at, left) {
  if (type.isUnion()) {
    const some = type.types.filter(t => !has(t, ts.TypeFlags.Undefined | ts.TypeFlags.Null));
    if (some.every(t => t.isStringLiteral())) return { enum: some.map(t => t.value).sort() };
    if (some.every(t => has(t, ts.TypeFlags.BooleanLiteral))) return { type: 'boolean' };
    return some.length === 1 ? schema(some[0], at, left) : { anyOf: some.map(t => schema(t, at, left)) };
  }
  if (type.isStringLiteral()) return { enum: [type.value] };
  if (has(type, ts.TypeFlags.String)) return { type: 'string' };
  if (has(type, ts.TypeFlags.Number)) return { type: 'number' };
  if (has(type, ts.TypeFlags.Boolean)) return { type: 'boolean' };
  if (checker.isArrayType(type)) return { type: 'array', items: schema(checker.getTypeArguments(type)[0], at, left) };
  if (!has(type, ts.TypeFlags.Object)) return {};
  const index = checker.getIndexInfoOfType(type, ts.IndexKind.String);
  const fields = checker.getPropertiesOfType(type);
  if (index && fields.length === 0) return { type: 'object', additionalProperties: schema(index.type, at + '.*', left) };
  if (fields.length === 0) return { type: 'object' }; // whatever a plugin takes
  const result = { type: 'object', additionalProperties: false, properties: {} }, required = [];
  for (const field of fields.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = at ? `${at}.${field.name}` : field.name;
    if (path === 'status' || left.some(one => one.test(path))) continue;
    // What every object has, as far as people write it.
    result.properties[field.name] = path === 'metadata'
      ? { type: 'object', additionalProperties: false, properties: { name: { type: 'string' }, namespace: { type: 'string' }, labels: { type: 'object', additionalProperties: { type: 'string' } }, annotations: { type: 'object', additionalProperties: { type: 'string' } } }, required: ['name'] }
      : schema(checker.getTypeOfSymbol(field), path, left);
    if (!(field.flags & ts.SymbolFlags.Optional)) required.push(field.name);
  }
  if (required.length) result.required = required;
  return result;
}

kinds.forEach(([pkg, file, left], i) => {
  const kind = path.basename(file);
  const symbol = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(files[i]))).find(one => one.name === 'I' + kind);
  const version = require(path.resolve('node_modules/@kubernetes-models', pkg, 'package.json')).version;
  const result = { $schema: 'http://json-schema.org/draft-07/schema#', $comment: `${kind} of ${path.dirname(file)}; extracted by tools/custom-resources from @kubernetes-models/${pkg} ${version} (MIT)`, ...schema(checker.getDeclaredTypeOfSymbol(symbol), '', left) };
  fs.writeFileSync(path.join(out, `${path.dirname(file).replace('/', '_')}_${kind}.json`), JSON.stringify(result, null, 1) + '\n');
});
