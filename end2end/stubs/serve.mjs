// Serves a district from the command line; `--help` says how.
import { parseArgs } from 'node:util';
import { readDistrict } from './district.mjs';
import { serveEdFi } from './edfi.mjs';
import { serveOneRoster } from './oneroster.mjs';

const USAGE = `node serve.mjs edfi|oneroster --district FOLDER
  --port N              the data port (a free one)
  --control-port N      the control port (a free one)
  --version V           Ed-Fi: of the ODS/API, 5.3 … 7.3 (7.3); OneRoster: 1.1 or 1.2 (1.2)
  --data-standard V     Ed-Fi: 3.3, 4.0, 5.0 … (what that version came with)
  --client-id ID        and --client-secret SECRET (random)
  --token-seconds N     how long a token holds
  --now TIME            what the clock says at the start, as ISO 8601
  --fault NAME          switches a fault on; may be given more than once
Prints one line of JSON when it is ready; ends on SIGTERM, and when its standard input closes (so give it one that stays
open).`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    district: { type: 'string' },
    port: { type: 'string' },
    'control-port': { type: 'string' },
    version: { type: 'string' },
    'data-standard': { type: 'string' },
    'client-id': { type: 'string' },
    'client-secret': { type: 'string' },
    'token-seconds': { type: 'string' },
    now: { type: 'string' },
    fault: { type: 'string', multiple: true, default: [] },
    help: { type: 'boolean', default: false },
  },
});
const start = { edfi: serveEdFi, oneroster: serveOneRoster }[positionals[0]];
if (values.help || !start || positionals.length > 1 || !values.district) {
  console.error(USAGE);
  process.exit(values.help ? 0 : 2);
}

const number = (text) => (text === undefined ? undefined : Number(text));
const given = {
  port: number(values.port),
  controlPort: number(values['control-port']),
  version: values.version,
  dataStandard: values['data-standard'],
  clientId: values['client-id'],
  clientSecret: values['client-secret'],
  tokenSeconds: number(values['token-seconds']),
  now: values.now,
};
const stub = await start(readDistrict(values.district), given);
for (const name of values.fault) stub.faults.on(name);
const inside = ['store', 'faults', 'clock', 'visits', 'close'];
const said = Object.fromEntries(Object.entries(stub).filter(([name]) => !inside.includes(name)));

const end = () => stub.close().then(() => process.exit(0));
process.on('SIGTERM', end);
process.on('SIGINT', end);
process.stdin.on('end', end).resume();
console.log(JSON.stringify(said));
