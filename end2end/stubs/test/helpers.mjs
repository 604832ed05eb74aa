// A district of two schools and a few people, and clients that a test asks with.
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDistrict } from '../district.mjs';
import { serveEdFi } from '../edfi.mjs';
import { serveOneRoster } from '../oneroster.mjs';

const STUDENTS = 12;
const numbers = (count) => Array.from({ length: count }, (_, i) => i + 1);
const DATES = ['2025-09-01', '2025-09-02', '2025-09-03', '2026-01-12', '2026-01-13'];
const term = (date) => (date < '2026' ? '2025-2026 Fall' : '2025-2026 Spring');

const ROSTER = {
  manifest: [
    'propertyName,value',
    'manifest.version,1.0',
    'oneroster.version,1.2',
    'file.orgs,bulk',
    'file.users,bulk',
  ],
  orgs: [
    'sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId',
    'D,,,Tiny District,district,9,',
    'A,,,"First, and ""only"" one",school,91,D',
    'B,,,Second,school,92,D',
  ],
  academicSessions: [
    'sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear',
    'Y,,,2025-2026,schoolYear,2025-08-01,2026-06-30,,2026',
    'F,,,Fall,term,2025-09-01,2025-12-20,Y,2026',
    'S,,,Spring,term,2026-01-10,2026-06-10,Y,2026',
  ],
  courses: [
    'sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,subjectCodes',
    'C1,,,Y,Reading,RD,"03,04",A,,',
  ],
  classes: [
    'sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods',
    'K1,,,Reading fall,03,C1,RD-1,homeroom,101,A,F,,,"1,2"',
    'K2,,,Reading spring,03,C1,RD-1,scheduled,101,A,S,,,1',
  ],
  users: [
    'sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password',
    ...numbers(STUDENTS).map(
      (i) => `u${i},,,true,kid${i},{studentUniqueId:100${i}},Kid${i},Family${i},,100${i},,,,${i <= 2 ? 'p1' : ''},03,`,
    ),
    't1,,,true,teach,,Ada,Teacher,,500,ada@tiny.test,,,,,',
    'h1,,,true,head,,Bo,Principal,,501,bo@tiny.test,,,,,',
    'p1,,,false,,,Cy,Parent,,700,cy@home.test,,,,,',
  ],
  roles: [
    'sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId',
    ...numbers(STUDENTS).map((i) => `r${i},,,u${i},primary,student,,,${i === STUDENTS ? 'B' : 'A'},`),
    'rt,,,t1,primary,teacher,,,A,',
    'rh,,,h1,primary,principal,,,A,',
    'rp,,,p1,primary,parent,,,A,',
  ],
  enrollments: [
    'sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate',
    'e1,,,K1,A,t1,teacher,true,,',
    'e2,,,K1,A,u1,student,,2025-09-01,',
    'e3,,,K1,A,u2,student,,2025-09-01,',
    'e4,,,K2,A,u1,student,,2026-01-12,',
  ],
  demographics: [
    'sourcedId,status,dateLastModified,birthDate,sex,americanIndianOrAlaskaNative,asian,blackOrAfricanAmerican,nativeHawaiianOrOtherPacificIslander,white,demographicRaceTwoOrMoreRaces,hispanicOrLatinoEthnicity',
    'u1,,,2016-02-03,female,false,true,false,false,true,true,false',
    'u2,,,2016-04-05,male,false,false,false,false,true,false,true',
  ],
};
const PLAIN = {
  calendar: [
    'school_id,date,term,instructional',
    ...['91', '92'].flatMap((school) =>
      DATES.map((date) => `${school},${date},${term(date)},${date === '2025-09-03' ? 0 : 1}`),
    ),
  ],
  enrollments: [
    'student_id,school_id,grade,entry_date,exit_date',
    ...numbers(STUDENTS).map((i) => `100${i},${i === STUDENTS ? 92 : 91},03,2025-09-01,${i === 3 ? '2026-01-13' : ''}`),
  ],
  attendance: [
    'student_id,school_id,date,category,reason,duration,arrival,period',
    '1001,91,2025-09-01,Excused Absence,Unwell,1,,',
    '1001,91,2025-09-01,Excused Absence,Ill,1,,',
    '1002,91,2025-09-02,Unexcused Absence,,,,1',
    '1002,999,2025-09-02,Unexcused Absence,,,,',
    '1001,91,2025-09-02,Tardy,,,08:40',
    '1002,91,2025-09-01,Unexcused Absence,,0.5,',
    '1001,91,2026-01-12,Unexcused Absence,,1,',
  ],
  contacts: [
    'student_id,contact_id,given_name,family_name,relation,primary,lives_with,emergency,street,city,state,postal_code,phone,email,language,legal_restriction',
    '1001,700,Cy,Parent,Mother,true,true,false,1 Main,Tiny,TX,70000,555 0100,cy@home.test,spa,no contact',
  ],
  students: ['student_id,birth_date,language,homeless,english_learner,sex', '1003,2016-07-08,spa,1,1,F'],
  bells: ['school_id,period,start,end', '91,1,08:15,09:00', '91,2,09:05,09:50'],
  roll: ['school_id,date,taken', '91,2025-09-01,1', '91,2025-09-02,0'],
};

/** Writes the district and returns its folder. @param {string} [roster] where in it OneRoster lies */
export function tinyFolder(roster = 'oneroster') {
  const folder = mkdtempSync(join(tmpdir(), 'everpresent-tiny-'));
  const write = (place, files) => {
    mkdirSync(place, { recursive: true });
    for (const [name, lines] of Object.entries(files))
      writeFileSync(join(place, `${name}.csv`), `${lines.join('\r\n')}\r\n`);
  };
  // Beside OneRoster's own enrollments there is no room for the plain ones.
  const { enrollments: _, ...others } = PLAIN;
  write(folder, roster === '' ? others : PLAIN);
  write(join(folder, roster), ROSTER);
  return folder;
}

/** A running Ed-Fi stub of the tiny district, with a client. It ends with the test. */
export async function edFi(t, options) {
  const stub = await serveEdFi(readDistrict(tinyFolder()), options);
  t.after(() => stub.close());
  let token = await edFiToken(stub);
  const get = async (path, headers = {}) =>
    read(
      await fetch(`${stub.url}${path}`, {
        redirect: 'manual',
        headers: { authorization: `Bearer ${token}`, ...headers },
      }),
    );
  return {
    stub,
    get,
    post: poster(stub),
    rows: (path, headers) => get(`/data/v3/ed-fi/${path}`, headers),
    renew: async () => (token = await edFiToken(stub)),
  };
}

async function edFiToken(stub) {
  const authorization = `Basic ${Buffer.from(`${stub.clientId}:${stub.clientSecret}`).toString('base64')}`;
  const body = new URLSearchParams({ grant_type: 'client_credentials' });
  return (await (await fetch(`${stub.url}/oauth/token`, { method: 'POST', headers: { authorization }, body })).json())
    .access_token;
}

/** A running OneRoster stub of the tiny district, with a client whose token has every scope. It ends with the test. */
export async function oneRoster(t, options) {
  const stub = await serveOneRoster(readDistrict(tinyFolder()), options);
  t.after(() => stub.close());
  const token = (await oneRosterToken(stub, stub.scopes)).json.access_token;
  const get = async (path, headers = { authorization: `Bearer ${token}` }) =>
    read(await fetch(`${stub.url}${path}`, { redirect: 'manual', headers }));
  return { stub, get, post: poster(stub) };
}

/** Asks for a token with scopes. */
export async function oneRosterToken(stub, scopes, secret = stub.clientSecret) {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: stub.clientId,
    client_secret: secret,
    scope: scopes.join(' '),
  });
  return read(await fetch(stub.tokenUrl, { method: 'POST', body }));
}

/** Posts to the control port; a refusal is an error. */
function poster(stub) {
  return async (route, given = {}) => {
    const answer = await read(
      await fetch(`${stub.control}/stub/${route}`, { method: 'POST', body: JSON.stringify(given) }),
    );
    if (answer.status !== 200) throw new Error(answer.json.error);
    return answer.json;
  };
}

async function read(answer) {
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, json: text === '' ? undefined : JSON.parse(text) };
}

/** The key of the mark that most tests change. */
export const MARK = {
  attendanceEventCategoryDescriptor: 'uri://ed-fi.org/AttendanceEventCategoryDescriptor#Excused Absence',
  eventDate: '2025-09-01',
  schoolId: 91,
  schoolYear: 2026,
  sessionName: '2025-2026 Fall',
  studentUniqueId: '1001',
};
