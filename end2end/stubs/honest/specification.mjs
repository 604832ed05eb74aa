// One OpenAPI document for Prism out of the published ones: what the stub serves, stricter where they are loose.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/**
 * Joins the resources (Data Standard 5.0), change queries and discovery documents.
 *
 * - The resources document names no `servers`, and each of the three stands under another address: the addresses go
 *   into the paths.
 * - No schema forbids members it does not know; here each of a resource does, so that a misspelt one is found.
 *   Discovery stays open: real servers send `suite` and `informationalVersion`, which its document does not list.
 * - `/deletes`, `/keyChanges` and `/partitions` are in none of the documents. The first two are described here from the
 *   identity parameters (`x-Ed-Fi-isIdentity`) of each resource: those names and types, all of them, and no others.
 * @param {string} folder with the published documents
 * @param {string[]} served the resources that the stub has
 * @returns {{ document: object, checked: string[] }} and which of the resources are described
 */
export function specification(folder, served) {
  const read = (file) => parse(readFileSync(join(folder, file), 'utf8'));
  const resources = read('resources-ds-5.0.yaml');
  const changes = read('change-queries-api-1.0.0.yaml');
  const discovery = read('discovery-api-2.0.yaml');

  const paths = { '/': { get: { ...discovery.paths['/'].get, security: [] } } };
  for (const [path, item] of Object.entries(changes.paths)) paths[`/changeQueries/v1${path}`] = item;
  const checked = served.filter((name) => resources.paths[`/ed-fi/${name}`]);
  for (const name of checked) {
    const { get } = resources.paths[`/ed-fi/${name}`];
    const at = `/data/v3/ed-fi/${name}`;
    paths[at] = { get };
    paths[`${at}/{id}`] = { get: resources.paths[`/ed-fi/${name}/{id}`].get };
    const key = keySchema(get.parameters);
    paths[`${at}/deletes`] = { get: tracked(get, { keyValues: key }) };
    paths[`${at}/keyChanges`] = { get: tracked(get, { oldKeyValues: key, newKeyValues: key }) };
  }
  const all = { ...resources.components.schemas, ...changes.components.schemas, ...discovery.components.schemas };
  const wanted = new Set();
  reach(paths, all, wanted);
  const schemas = Object.fromEntries(
    [...wanted].map((name) => [name, name === 'discoveryRoot' ? all[name] : strict(all[name])]),
  );
  const { parameters, responses, securitySchemes } = resources.components;
  const document = {
    openapi: '3.0.3',
    info: { title: 'What the stub serves', version: '1' },
    security: resources.security,
    paths,
    components: { schemas, parameters, responses, securitySchemes },
  };
  return { document, checked };
}

/** The schema of a natural key: every identity parameter of a resource, and nothing else. */
function keySchema(parameters) {
  const identity = parameters.filter((parameter) => parameter['x-Ed-Fi-isIdentity']);
  return strict({
    type: 'object',
    required: identity.map(({ name }) => name),
    properties: Object.fromEntries(identity.map(({ name, schema }) => [name, schema])),
  });
}

/** The description of `/deletes` or `/keyChanges`, with the key members given. */
function tracked(get, keys) {
  const item = strict({
    type: 'object',
    required: ['id', 'changeVersion', ...Object.keys(keys)],
    properties: {
      id: { type: 'string', pattern: '^[0-9a-f]{32}$' },
      changeVersion: { type: 'integer', format: 'int64' },
      ...keys,
    },
  });
  const content = { 'application/json': { schema: { type: 'array', items: item } } };
  return {
    parameters: get.parameters.filter((parameter) => parameter.$ref),
    responses: { ...get.responses, 200: { description: 'Changes.', content } },
  };
}

function strict(schema) {
  return schema.type === 'object' || schema.properties ? { ...schema, additionalProperties: false } : schema;
}

/** Collects the names of the schemas to which a part of the document leads. */
function reach(part, schemas, found) {
  if (typeof part !== 'object' || part === null) return;
  const name = typeof part.$ref === 'string' ? /^#\/components\/schemas\/(.+)$/.exec(part.$ref)?.[1] : undefined;
  if (name && !found.has(name)) {
    found.add(name);
    reach(schemas[name], schemas, found);
  }
  for (const inner of Object.values(part)) reach(inner, schemas, found);
}
