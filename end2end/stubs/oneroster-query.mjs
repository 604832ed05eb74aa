// OneRoster's query: filter, sort, fields.

/** What is wrong with a query, in words for the error's description. */
export class QueryFault extends Error {}

const COMPARES = {
  '=': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '~': (a, b) => a.toLowerCase().includes(b.toLowerCase()),
};

/**
 * Reads `field='value'`, or two of them joined by AND or OR.
 * @param {string} filter
 * @param {Set<string>} fields those the collection knows
 * @returns {(row: any) => boolean}
 */
export function filterOf(filter, fields) {
  const parts = filter.split(/ (AND|OR) (?=[\w.]+(?:!=|>=|<=|[=<>~])')/);
  if (parts.length > 3) throw new QueryFault('A filter may have one AND or OR.');
  const [first, joined, second] = [parts[0], parts[1], parts[2]];
  const one = conditionOf(first, fields);
  if (joined === undefined) return one;
  const other = conditionOf(second, fields);
  return joined === 'AND' ? (row) => one(row) && other(row) : (row) => one(row) || other(row);
}

function conditionOf(text, fields) {
  const [, field, operator, value] = /^([\w.]+)(!=|>=|<=|[=<>~])'(.*)'$/s.exec(text.trim()) ?? [];
  if (field === undefined) throw new QueryFault(`The filter cannot be read: ${text}`);
  known(field, fields, 'filtering');
  return (row) => valuesAt(row, field).some((found) => COMPARES[operator](found, value));
}

/**
 * The order a query asks for.
 * @param {string} field
 * @param {string | null} direction `asc` or `desc`
 * @returns {(a: any, b: any) => number}
 */
export function orderOf(field, direction, fields) {
  known(field, fields, 'sorting');
  if (![null, 'asc', 'desc'].includes(direction)) throw new QueryFault(`orderBy must be asc or desc, not ${direction}`);
  const sign = direction === 'desc' ? -1 : 1;
  return (a, b) => {
    const [x, y] = [valuesAt(a, field)[0] ?? '', valuesAt(b, field)[0] ?? ''];
    return x === y ? 0 : x < y ? -sign : sign;
  };
}

/** Keeps some fields of a row. @param {string} wanted separated by commas */
export function selectionOf(wanted, fields) {
  const names = wanted.split(',').map((name) => name.trim());
  for (const name of names) known(name, fields, 'selection');
  return (row) => Object.fromEntries(names.filter((name) => name in row).map((name) => [name, row[name]]));
}

function known(field, fields, purpose) {
  if (fields.has(field.split('.')[0])) return;
  throw new QueryFault(`Field '${field}' is not allowed for ${purpose}. Allowed fields: ${[...fields].join(', ')}`);
}

/** The texts at a dotted path; a list has several. */
function valuesAt(row, path) {
  const step = (values, name) =>
    values.flatMap((value) => (Array.isArray(value) ? value.map((item) => item?.[name]) : [value?.[name]]));
  return path
    .split('.')
    .reduce(step, [row])
    .flat()
    .filter((value) => value !== undefined && typeof value !== 'object')
    .map(String);
}
