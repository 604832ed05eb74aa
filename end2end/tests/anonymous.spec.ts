// Somebody who is not signed in, and the ways in and out.
import { expect, signIn, test } from '../fixtures.ts';

test('a stranger is sent to the sign-in page, whatever they ask for', async ({ page, everybody }) => {
  for (const path of ['/', '/students', `/students/${everybody[0].id}`, '/data', '/family', '/?standing=close']) {
    const answer = await page.goto(path);
    expect(answer?.request().redirectedFrom()?.url()).toContain(path);
    await expect(page).toHaveURL('/sign-in');
  }
  await expect(page.getByRole('heading', { level: 1, name: 'Sign in' })).toBeVisible();
});

test('a stranger gets no data from the functions behind the pages', async ({ request, baseURL }) => {
  for (const name of ['viewer', 'home', 'students', 'student', 'school', 'data', 'family']) {
    const answer = await request.post(`/api/${name}`, { headers: { origin: baseURL! }, data: {} });
    expect(answer.status(), name).toBe(401);
    expect(await answer.text()).not.toMatch(/"name"/);
  }
});

test('a form of another site is refused', async ({ request }) => {
  for (const path of ['/demo/sign-in', '/sign-out', '/students', '/api/viewer']) {
    const answer = await request.post(path, { headers: { origin: 'https://elsewhere.example' }, form: {} });
    expect(answer.status(), path).toBe(403);
  }
});

test('the supervisor’s questions are answered to anybody', async ({ request }) => {
  expect(await (await request.get('/healthz')).text()).toBe('ok\n');
  expect(await (await request.get('/readyz')).text()).toBe('ready\n');
});

test('signing out ends the session, also for a copied cookie', async ({ page, context }) => {
  await signIn(page, 'principal');
  const cookies = await context.cookies();
  expect(cookies.length).toBeGreaterThan(0);
  for (const cookie of cookies) expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax' });
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page).toHaveURL('/sign-in');
  await context.addCookies(cookies);
  await page.goto('/');
  await expect(page).toHaveURL('/sign-in');
});

test('the page speaks Spanish to who asks for it', async ({ page }) => {
  await page.goto('/sign-in');
  await page.getByRole('button', { name: 'Español' }).click();
  await expect(page.locator('html')).toHaveAttribute('lang', 'es');
  await expect(page.getByRole('heading', { level: 1 })).not.toHaveText('Sign in');
});
