// The demo district's own export: what the pages are compared with.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Row = Record<string, string>;

/** The rows of one of the export's plain files, by column name. */
export function exported(file: string): Row[] {
  const text = readFileSync(join(process.env.EVERPRESENT_SCRATCH!, 'export', file), 'utf8');
  const [head, ...lines] = text.split(/\r?\n/).filter((line) => line !== '').map(fields);
  return lines.map((values) => Object.fromEntries(head.map((name, i) => [name, values[i] ?? ''])));
}

/** The fields of one line; quotes may hold commas. */
function fields(line: string): string[] {
  const found = line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g);
  return [...found].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain);
}

/** A date as the pages write it: `2026-03-17` is `Tue 17 Mar`. */
export function written(date: string): string {
  const day = new Date(`${date}T00:00:00Z`);
  const part = (options: Intl.DateTimeFormatOptions) => day.toLocaleDateString('en-US', { ...options, timeZone: 'UTC' });
  return `${part({ weekday: 'short' })} ${day.getUTCDate()} ${part({ month: 'short' })}`;
}

/** When the school year that runs began, or a little before. */
const THIS_YEAR = '2025-07';

/** The dates of a student's days of this school year that the export calls an absence, as the pages write them: all of
 * them, and those of which no minutes are told, so the whole day. */
export function absentDates(localId: string): { any: Set<string>; whole: Set<string> } {
  const marks = exported('attendance.csv').filter((row) => row.student_id === localId && row.date > THIS_YEAR && row.category !== 'Tardy');
  const whole = marks.filter((row) => row.category.endsWith('Absence') && !row.minutes && !row.duration);
  const dates = (rows: Row[]) => new Set(rows.map((row) => written(row.date)));
  return { any: dates(marks), whole: dates(whole) };
}

/** The dates on which the export has a mark for a student, as the pages write them. */
export function markedDates(localId: string): Set<string> {
  const marks = exported('attendance.csv').filter((row) => row.student_id === localId);
  return new Set(marks.map((row) => written(row.date)));
}
