import { rmSync } from 'node:fs';

/** Removes the data of the servers. */
export default function teardown(): void {
  const scratch = process.env.EVERPRESENT_SCRATCH;
  if (scratch) rmSync(scratch, { recursive: true, force: true });
}
