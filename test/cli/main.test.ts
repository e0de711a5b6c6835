import {once} from 'node:events';
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {commandHelp} from '../../src/cli/help.ts';
import {COMMANDS} from '../../src/cli/registry.ts';
import {runCli} from './run-cli.ts';

const VM_ID = 'speKUgLBX6WRD5cfGeEfLa43LxTXUBckvtv4td6F3eTXvRP48';

describe('sessionvm', () => {
  it('says why it does nothing without arguments, and exits 2', async () => {
    const {code, stdout, stderr} = await runCli([]);
    expect({code, stdout}).toEqual({code: 2, stdout: ''});
    expect(stderr.split('\n')[0]).toBe(
      'sessionvm: nothing to do: no command, and no node started it as its plugin',
    );
    expect(stderr).toContain('usage: sessionvm COMMAND');
  });

  it('answers version and version-json, also as options, without any environment', async () => {
    const {version} = JSON.parse(
      await readFile(join(import.meta.dirname, '../../package.json'), 'utf8'),
    ) as {version: string};
    const json = {
      name: 'sessionvm',
      vmid: VM_ID,
      version,
      rpcchainvm: 45,
      rpcchainvmSupported: [42, 43, 44, 45, 46],
    };
    for (const words of [['version-json'], ['--version-json'], ['version', '--json']]) {
      const {code, stdout} = await runCli(words);
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toEqual(json);
    }
    for (const word of ['version', '--version']) {
      const {code, stdout} = await runCli([word]);
      expect(code).toBe(0);
      const lines = stdout.trimEnd().split('\n');
      expect(lines.map((line) => line.trim().replace(/: +/, ': '))).toEqual([
        'sessionvm:',
        `VMID: ${VM_ID}`,
        `Version: ${version}`,
        'Plugin Version: 45',
      ]);
    }
  });

  it('lists every command in its help', async () => {
    const {code, stdout} = await runCli(['help']);
    expect(code).toBe(0);
    for (const name of Object.keys(COMMANDS)) expect(stdout).toContain(`\n  ${name} `);
    for (const words of [['help', '--help'], ['help', 'help'], ['--help']]) {
      expect(await runCli(words)).toEqual({code, stdout, stderr: ''});
    }
  });

  const misuse: readonly (readonly [readonly string[], string])[] = [
    [['frobnicate'], "'frobnicate' is no command"],
    [['constructor'], "'constructor' is no command"],
    [['help', 'frobnicate'], "'frobnicate' is no command"],
    [['contact', 'constructor'], 'contact knows show, publish, add, list'],
    [['contact', '__proto__'], 'contact knows show, publish, add, list'],
    [['genesis', '--preset', 'constructor'], '--preset must be lux, pars or dev'],
    [['status', '--__proto__=1'], "Unknown option '--__proto__'"],
    [['status', '--frob'], "Unknown option '--frob'"],
    [['devnet', '--demo', '-50 today'], "Unknown option '-5': put -- before a text that begins"],
    [['status', 'extra'], "does not take 'extra'"],
    [['status', '--rpc', 'http://x/', '--rpc', 'http://y/'], '--rpc is given twice'],
    [['tx'], 'usage: sessionvm tx ID'],
    [['transfer', '0x00'], 'usage: sessionvm transfer ADDRESS AMOUNT'],
    [['status', '--rpc'], "Option '--rpc <value>' argument missing"],
    [['genesis'], '--preset is missing'],
    [['genesis', '--preset', 'eth'], '--preset must be lux, pars or dev'],
    [['genesis', '--preset', 'dev', '--alloc', 'me=5'], 'must be ADDRESS=AMOUNT'],
    [['genesis', '--preset', 'dev', '--rule', 'frob=5'], 'must be NAME=NUMBER'],
    [['genesis', 'check'], 'usage: sessionvm genesis check FILE'],
    [['genesis', 'frob'], "genesis knows 'check'"],
    [['keys', 'frob', 'x'], "keys knows 'new', 'show', 'rotate' and 'revoke'"],
    [['keys', 'new', '/dev/null/x', '--kind', 'cat'], '--kind must be'],
    [['plugin', 'remove', '/tmp'], "plugin knows 'install'"],
    [['account'], 'say which account'],
    [['status'], 'say where the chain is'],
    [['node', '--data', '/tmp/x'], 'say where the chain is'],
    [['node'], '--data is missing'],
    [['node', '--owner', '--data', '/tmp/x'], "Option '--owner' argument is ambiguous"],
    [['node', '--data', '/tmp/x', '--rpc', 'ftp://x'], "setting 'rpc' must be an http"],
    [
      ['node', '--data', '/tmp/x', '--rpc', 'http://x/', '--capacity', 'much'],
      "setting 'capacity' must be bytes",
    ],
    [
      ['node', '--data', '/tmp/x', '--rpc', 'http://x/', '--listen', '/ip4/1.2.3.4/tcp/1,frob'],
      "setting 'listen[1]' must be an address to listen on",
    ],
    [
      ['node', '--data', '/tmp/x', '--rpc', 'http://x/', '--bootstrap', '/ip4/1.2.3.4/tcp/1'],
      "setting 'bootstrap[0]' must be the address of a peer",
    ],
    [['status', '--rpc', 'foo'], "'foo' is no URL as it must be"],
    [['account', '0x1'], "'0x1' is not hex"],
    [['tx', 'nonsense!'], "'nonsense!' is not CB58: copy the id"],
    [['block', 'foo', '--rpc', 'http://x/'], "'foo' is not CB58"],
    [['deregister', 'foo', '--key', '/tmp/x'], "'foo' is not NodeID-…"],
    [['transfer', 'nobody', '1', '--key', '/tmp/x'], "'nobody' is not hex"],
    [['verify', 'node', 'NodeID-2', '--rpc', 'http://x/'], "'NodeID-2' "],
    [['verify', 'swarm', '1', '--root', '0x12', '--rpc', 'http://x/'], "'0x12' is too short"],
    [['did', 'did:foo', '--identity', 'http://x/'], "'did:foo' is no DID"],
    [['contact', 'show', '--name', ''], '--name must be 1 to 64 bytes'],
    [['contact', 'publish', '--name', 'x'.repeat(65)], '--name must be 1 to 64 bytes'],
    [['events', '--after', 'foo'], '--after must be a cursor, as in 123/4'],
    [
      ['genesis', '--preset', 'dev', '--rule', 'epochSeconds=0'],
      "'rules.epochSeconds' must be a whole number in range (12 to 86400) [CLI_USAGE]",
    ],
    [['contact', 'list', 'a'], "contact list does not take 'a'"],
    [['contact', 'show', 'a.card', 'extra'], "contact show does not take 'extra'"],
    [['contact', 'list', '--name', 'Bob'], "'contact list' does not take --name"],
    [['contact', 'constructor'], 'contact knows show'],
    [['help', 'send', 'extra'], "does not take 'extra'"],
    [['keys', 'show', '/tmp/x', '--kind', 'account'], "'keys show' does not take --kind"],
    [['genesis', '--preset', 'dev', 'check', '/tmp/x'], "'genesis check' does not take --preset"],
    [['bond-report', 'check', '/tmp/x', '--to', 'y'], "'bond-report check' does not take --to"],
    [['devnet', '--nodes', 'none'], '--nodes must be a whole number'],
    [['devnet', 'a text'], 'say --demo, too'],
    [['devnet', '--demo', ''], 'the text must have 1 to 60000 bytes'],
    [['devnet', '--demo', 'x'.repeat(60_001)], 'the text must have 1 to 60000 bytes'],
    [['devnet', '--demo', '-'], 'the text must have 1 to 60000 bytes'],
  ];
  for (const [words, problem] of misuse) {
    it(`exits 2 with one line for: ${words.join(' ').slice(0, 90)}`, async () => {
      const {code, stdout, stderr} = await runCli(words);
      expect({code, stdout}).toEqual({code: 2, stdout: ''});
      expect(stderr).toContain(problem);
      expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    });
  }

  it('exits 1 whatever code a server refuses with', async () => {
    const error = {code: -32_000, message: 'no', data: {code: 'CLI_USAGE'}};
    const server = createServer((_request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({jsonrpc: '2.0', id: 1, error}));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const {port} = server.address() as AddressInfo;
    const {code, stderr} = await runCli(['status', '--rpc', `http://127.0.0.1:${port}/rpc`]);
    server.close();
    expect({code, stderr}).toEqual({code: 1, stderr: expect.stringContaining('[CLI_USAGE]')});
  });

  it('exits 1 with one line that says what to do when no chain answers', async () => {
    const rpc = 'http://127.0.0.1:9/rpc';
    for (const given of [{words: ['--rpc', rpc]}, {words: [], env: {SESSIONVM_RPC: rpc}}]) {
      const {code, stderr} = await runCli(['status', ...given.words], given.env);
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /^sessionvm: no answer from 127\.0\.0\.1:9 .*\[CLIENT_UNREACHABLE\]\n$/,
      );
    }
  });

  it.each([
    'http://me:secret@127.0.0.1:9/rpc',
    'ftp://me:secret@host/',
    'http://me:secret@host:port/',
    'http://secret@127.0.0.1:9/rpc',
    'me:secret@host',
  ])('keeps the password of a URL to itself: %s', async (url) => {
    for (const words of [
      ['status', '--rpc', url],
      ['did', 'did:lux:x', '--identity', url],
    ]) {
      const {code, stdout, stderr} = await runCli(words);
      expect({code, stdout}).toEqual({code: 2, stdout: ''});
      expect(stderr).toContain('CLIENT_BAD_URL');
      expect(stderr).not.toContain('secret');
    }
    const node = await runCli(['node', '--data', '/dev/null/x', '--rpc', url]);
    expect(node.code).not.toBe(0);
    expect(node.stderr).not.toContain('secret');
  });

  it('exits 1 with one line for folders that are of no use', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sessionvm-folders-'));
    await writeFile(join(folder, 'genesis.json'), '{}');
    const cases: readonly (readonly [readonly string[], string, Record<string, string>?])[] = [
      [['devnet'], 'DEVNET_DATA', {TMPDIR: '/nope'}],
      [['devnet', '--dir', folder], 'DEVNET_DATA'],
      [['devnet', '--dir', '/proc/x/y'], 'cannot write /proc/x/y (ENOENT)'],
      [['devnet', '--dir', '/etc/passwd'], 'cannot write /etc/passwd (EEXIST)'],
      [['contact', 'list', '--contacts', '/etc/passwd'], 'cannot read /etc/passwd (ENOTDIR)'],
      [['keys', 'new', '/proc/x/y/me.key'], 'cannot write /proc/x/y/me.key (ENOENT)'],
    ];
    for (const [words, problem, env] of cases) {
      const {code, stdout, stderr} = await runCli(words, env);
      expect({code, stdout}).toEqual({code: 1, stdout: ''});
      expect(stderr).toContain(problem);
      expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    }
    await rm(folder, {recursive: true});
  }, 40_000);
});

/** `node` logs JSON lines, `version-json` says it in its name. */
const WITHOUT_JSON = ['node', 'version-json'];

describe('help of each command', () => {
  it('knows --json wherever data is printed', async () => {
    const rows = await Promise.all(
      Object.entries(COMMANDS).map(async ([name, {load}]) => ({name, ...(await load()).command})),
    );
    const without = rows.filter(({options}) => options['json'] === undefined);
    expect(without.map(({name}) => name).sort()).toEqual(WITHOUT_JSON);
  });

  it.each([
    ['tx', 'with SESSIONVM_RPC set'],
    ['status', ''],
    ['watch', 'with SESSIONVM_RPC and SESSIONVM_NODE set'],
    ['verify', ''],
    ['did', ''],
    ['genesis', ''],
  ])('of %s says what its example needs', async (name, needs) => {
    const {command} = await COMMANDS[name]!.load();
    const last = commandHelp(command).split('\n').at(-1)?.trim();
    if (needs === '') expect(last).not.toMatch(/^with /);
    else expect(last).toBe(needs);
  });

  for (const name of Object.keys(COMMANDS)) {
    it(`${name} explains itself`, async () => {
      const {command} = await COMMANDS[name]!.load();
      expect(command.usage.startsWith(name)).toBe(true);
      expect(command.help.length).toBeGreaterThan(40);
      expect(command.help).toMatch(new RegExp(`\\nexamples?: (.*\\| )?sessionvm ${name}\\b`));
      const mentioned = [...`${command.usage}\n${command.help}`.matchAll(/--([a-z][a-z-]*)/g)];
      const known = Object.keys(command.options);
      for (const [, option = ''] of mentioned)
        expect([...known, 'json', 'force', 'take-over']).toContain(option);
      for (const option of known) {
        expect(`${command.usage}\n${command.help}`, option).toContain(`--${option}`);
      }
    });
  }
});
