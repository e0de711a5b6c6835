import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {addressOf, addressToString} from '../../src/crypto/ids.ts';
import {createSigner} from '../../src/crypto/ml-dsa.ts';
import {createIdentity, writeIdentityFile} from '../../src/daemon/identity-files.ts';
import {RealChain, type ServedChain} from '../daemon/real-chain.ts';
import {runCli} from './run-cli.ts';

const identity = createIdentity('account', (length) => new Uint8Array(length).fill(9));
const signer = createSigner(identity.signingSeed);
let folder: string;
let key: string;
let server: ServedChain;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sessionvm-bond-'));
  key = join(folder, 'owner.key');
  await writeIdentityFile(key, identity, {passphrase: undefined, overwrite: false});
  const chain = new RealChain([signer]);
  chain.advance(21_000);
  server = await chain.serve(1);
});
afterAll(async () => {
  await server.close();
  await rm(folder, {recursive: true});
});

describe('sessionvm bond-report', () => {
  it('writes a report that holds, alone and against the chain', async () => {
    const file = join(folder, 'bond.txt');
    const made = await runCli(['bond-report', '--key', key, '--rpc', server.url, '--out', file]);
    expect(made).toMatchObject({code: 0, stderr: ''});
    expect(made.stdout).toMatch(/bonded +0 LUX/);
    expect(made.stdout).toContain(addressToString(addressOf(signer.publicKey)));
    const alone = await runCli(['bond-report', 'check', file]);
    expect(alone.code).toBe(0);
    expect(alone.stdout).toContain('not compared with a chain');
    const compared = await runCli(['bond-report', 'check', file, '--rpc', server.url, '--json']);
    expect(JSON.parse(compared.stdout)).toMatchObject({
      rootCompared: true,
      totalBonded: '0',
      networkId: 1337,
    });
    const text = (await readFile(file, 'utf8')).trim();
    await writeFile(file, `${text.slice(0, -2)}${text.endsWith('00') ? '01' : '00'}\n`);
    const broken = await runCli(['bond-report', 'check', file]);
    expect(broken.code).toBe(1);
    expect(broken.stderr).toContain('CLIENT_BOND_BAD_SIGNATURE');
  });

  it('says what is missing', async () => {
    expect(await runCli(['bond-report', '--rpc', server.url])).toMatchObject({code: 2});
    expect(await runCli(['bond-report', 'check'])).toMatchObject({code: 2});
  });
});
