import {spawnSync} from 'node:child_process';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';

const EXAMPLE = join(import.meta.dirname, '../../examples/send-and-read.ts');
const ADDRESS = '/ip4/127.0.0.1/tcp/9/p2p/12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA';

/** The program itself is run with real nodes in test/e2e/swarm/failures.test.ts. */
const runExample = (...words: readonly string[]) =>
  spawnSync(process.execPath, [EXAMPLE, ...words], {encoding: 'utf8', env: {}});

describe('the example', () => {
  it('says what it needs', () => {
    for (const words of [[], ['http://127.0.0.1:9/rpc']]) {
      const {status, stderr} = runExample(...words);
      expect(status).toBe(2);
      expect(stderr).toMatch(/^usage: send-and-read\.ts RPC_URL NODE_ADDRESS.*\n$/);
    }
  });

  it('takes the addresses as devnet prints them, with a comma between two', () => {
    const {stderr} = runExample('http://127.0.0.1:9/rpc', `${ADDRESS},${ADDRESS}`);
    expect(stderr).toContain('CLIENT_UNREACHABLE');
    expect(stderr).not.toContain('NETWORK_BAD_ADDRESS');
  });
});
