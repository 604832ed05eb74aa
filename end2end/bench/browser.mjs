// The browser of the measurements, and how much slower than this machine's its processor is.
import { chromium } from '@playwright/test';

/** How many times. */
export const SLOWER = 4;

/** Nothing but the pages under test may use the network. Chromium's own sandbox needs a user who is not root. */
export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
