// Reads comma-separated values as RFC 4180 writes them.

/**
 * The rows of a CSV text as objects by column name. A quoted field may hold commas, line breaks and doubled quotes;
 * lines end with LF or CRLF; a byte order mark is dropped; a missing last field is the empty text.
 * @param {string} text
 * @returns {Record<string, string>[]}
 */
export function readCsv(text) {
  const [head, ...records] = recordsOf(text.replace(/^\uFEFF/, ''));
  return records.map((fields) => Object.fromEntries(head.map((name, i) => [name, fields[i] ?? ''])));
}

/** @param {string} text @returns {string[][]} the fields of each line that is not blank, the header among them */
function recordsOf(text) {
  const records = [];
  let fields = [];
  let at = 0;
  const endRecord = () => {
    if (fields.length > 1 || fields[0] !== '') records.push(fields);
    fields = [];
  };
  while (at < text.length) {
    const field = text[at] === '"' ? quoted(text, at) : plain(text, at);
    fields.push(field.value);
    at = field.end;
    if (text[at] === ',') {
      at += 1;
      if (at < text.length && text[at] !== '\r' && text[at] !== '\n') continue;
      fields.push('');
    }
    if (text[at] === '\r') at += 1;
    if (text[at] === '\n') at += 1;
    else if (at < text.length)
      throw new Error(`after the quote that closes before character ${at}, a comma was expected`);
    endRecord();
  }
  return records.length > 0 ? records : [[]];
}

function plain(text, start) {
  let end = start;
  while (end < text.length && text[end] !== ',' && text[end] !== '\n' && text[end] !== '\r') end += 1;
  return { value: text.slice(start, end), end };
}

function quoted(text, start) {
  let value = '';
  let at = start + 1;
  for (;;) {
    const close = text.indexOf('"', at);
    if (close < 0) throw new Error(`a quote that opens at character ${start} is never closed`);
    value += text.slice(at, close);
    if (text[close + 1] !== '"') return { value, end: close + 1 };
    value += '"';
    at = close + 2;
  }
}
