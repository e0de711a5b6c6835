import {randomInt} from 'node:crypto';
import {once} from 'node:events';
import {createServer} from 'node:net';
import {E2eError} from './errors.ts';

// Below the range from which Linux takes ports of outgoing connections: nobody gets the port of a
// node by chance while that node is stopped for a restart.
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;
const ATTEMPTS = 100;

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return false;
    throw error;
  }
  server.close();
  await once(server, 'close');
  return true;
}

const handedOut = new Set<number>();

/** A loopback TCP port that nothing listens on, never the same twice in one process. */
export async function findFreePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = randomInt(FIRST_PORT, LAST_PORT);
    if (handedOut.has(port) || !(await isFree(port))) continue;
    handedOut.add(port);
    return port;
  }
  throw new E2eError('E2E_TIMEOUT', {what: 'a free port', attempts: ATTEMPTS});
}
