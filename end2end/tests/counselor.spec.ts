// A counselor sees the caseload, with families and reasons.
import { checkSignals, expect, listed, openFromWorklist, refused, signIn, stranger, test } from '../fixtures.ts';
import { exported } from '../export.ts';

test('a counselor opens a student’s signal to the dated marks, with the reasons, and the family', async ({ page }) => {
  await signIn(page, 'counselor');
  await openFromWorklist(page);
  const days = await checkSignals(page);
  await expect(days.getByRole('columnheader', { name: 'Reason given' })).toBeVisible();
  await expect(page.getByRole('region', { name: 'Why you can see this student' })).toContainText('On your caseload');
  await expect(page.getByRole('region', { name: 'Family' })).toBeVisible();
});

test('a counselor’s list is the caseload of the export', async ({ page }) => {
  await signIn(page, 'counselor');
  const own = (await listed(page)).map((student) => student.localId).sort();
  const caseloads = new Map<string, string[]>();
  for (const row of exported('caseload.csv')) {
    caseloads.set(row.staff_id, [...(caseloads.get(row.staff_id) ?? []), row.student_id]);
  }
  const enrolled = new Set(
    exported('enrollments.csv')
      .filter((row) => row.exit_date === '' || row.exit_date > '2026-03-18')
      .map((row) => row.student_id),
  );
  const expectedLists = [...caseloads.values()].map((ids) =>
    [...new Set(ids.filter((id) => enrolled.has(id)))].sort().join(),
  );
  expect(expectedLists).toContain(own.join());
});

test('a counselor is refused a student who is not on the caseload', async ({ page, everybody, expected }) => {
  await signIn(page, 'counselor');
  await refused(page, expected, `/students/${stranger(everybody, await listed(page)).id}`, 404);
});
