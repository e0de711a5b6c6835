import {chmod, mkdir, mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {command as doctorCommand} from '../../src/cli/commands/doctor.ts';
import {command as nodeCommand} from '../../src/cli/commands/node.ts';
import type {Finding} from '../../src/daemon/doctor/finding.ts';
import {FakeChain} from '../daemon/fake-chain.ts';
import {type ChainServer, serveChain} from '../daemon/serve-chain.ts';
import {runCli} from './run-cli.ts';

let folder: string;
let chain: FakeChain;
let server: ChainServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sessionvm-cli-doctor-'));
  chain = new FakeChain();
  server = await serveChain(chain);
});
afterAll(async () => {
  await server.close();
  await rm(folder, {recursive: true});
});

const doctor = (...words: string[]) =>
  runCli(['doctor', '--data', folder, '--rpc', server.url, ...words]);

describe('sessionvm doctor', () => {
  it('takes the options of a node but --take-over, and says so', async () => {
    const others = Object.keys(nodeCommand.options).filter((name) => {
      return !Object.hasOwn(doctorCommand.options, name);
    });
    expect(others).toEqual(['take-over']);
    expect((await doctor('--take-over')).code).toBe(2);
    expect(doctorCommand.help).toContain("options of 'sessionvm node' but --take-over");
  });

  it('warns of what the first start makes', async () => {
    const {stdout} = await doctor();
    expect(stdout).toContain('warn  key           there is no key file');
    expect(stdout).toContain('→ the first start of the node makes it');
  });

  it('says what is wrong and what to do, and exits 1', async () => {
    await mkdir(join(folder, 'ledger'));
    const {code, stdout, stderr} = await doctor();
    expect(code).toBe(1);
    expect(stdout).toContain('fail  key           there is no key file');
    expect(stdout).toContain('→ bring back its copy');
    expect(stdout).toContain('ok    chain         ');
    expect(stderr).toMatch(/^sessionvm: \d of \d checks failed \[CLI_CHECKS_FAILED\]\n$/);
  });

  it('prints one document with --json, and the mode of an open key file', async () => {
    const key = join(folder, 'node.key');
    expect((await runCli(['keys', 'new', key, '--kind', 'node'])).code).toBe(0);
    const read = async () => {
      const {code, stdout} = await doctor('--json');
      return {code, ...(JSON.parse(stdout) as {healthy: boolean; findings: Finding[]})};
    };
    const closed = await read();
    expect(closed.findings[0]).toMatchObject({check: 'key', status: 'ok', advice: null});
    expect(closed.findings.at(-1)).toMatchObject({check: 'registration', status: 'fail'});
    await chmod(key, 0o644);
    const open = await read();
    expect(open).toMatchObject({code: 1, healthy: false});
    expect(open.findings[0]).toMatchObject({status: 'fail', advice: `chmod 600 ${key}`});
  });
});
