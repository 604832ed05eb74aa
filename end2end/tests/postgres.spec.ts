// The same on PostgreSQL: one journey through every room.
import { expect, listed, openFromWorklist, refused, signIn, stranger, test } from '../fixtures.ts';

test('on PostgreSQL a teacher opens a signal to its dated marks and is refused a stranger', async ({
  page,
  everybody,
  expected,
}) => {
  await signIn(page, 'teacher');
  await openFromWorklist(page);
  const signal = page.getByRole('region', { name: 'Thresholds' }).getByRole('article').first();
  await signal.getByText('Show each day').click();
  await expect(signal.getByRole('table', { name: /days? that counted/ }).getByRole('rowheader').first()).toBeVisible();
  await refused(page, expected, `/students/${stranger(everybody, await listed(page)).id}`, 404);
});
