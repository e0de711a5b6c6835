import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {copyFile, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {readEngine} from '../../src/plugin/engine.ts';
import {parseOperatorConfig} from '../../src/plugin/operator-config.ts';
import {
  askProtocolNumber,
  findNodeFile,
  findProtocolNumber,
  readProtocolNumber,
} from '../../src/plugin/protocol-number.ts';
import {utf8ToBytes} from '../../src/protocol/bytes.ts';

describe('parseOperatorConfig', () => {
  it('takes nothing, an empty object and known settings', () => {
    const defaults = {
      logLevel: 'info',
      gossip: true,
      eventBlocks: 10_000,
      stateSync: undefined,
      stateSyncMinBlocks: 1000,
      keepBlocks: undefined,
    };
    expect(parseOperatorConfig(new Uint8Array())).toEqual(defaults);
    expect(parseOperatorConfig(utf8ToBytes('{}'))).toEqual(defaults);
    const all = {
      logLevel: 'debug',
      gossip: false,
      eventBlocks: 0,
      stateSync: false,
      stateSyncMinBlocks: 1,
      keepBlocks: 500,
    };
    expect(parseOperatorConfig(utf8ToBytes(JSON.stringify(all)))).toEqual(all);
  });

  it.each([
    ['{', ''],
    ['[]', ''],
    ['null', ''],
    ['"x"', ''],
    ['{"logLevel":"loud"}', 'logLevel'],
    ['{"gossip":1}', 'gossip'],
    ['{"eventBlocks":-1}', 'eventBlocks'],
    ['{"eventBlocks":"7"}', 'eventBlocks'],
    ['{"eventBlocks":10000001}', 'eventBlocks'],
    ['{"stateSync":null}', 'stateSync'],
    ['{"stateSyncMinBlocks":0}', 'stateSyncMinBlocks'],
    ['{"keepBlocks":0}', 'keepBlocks'],
    ['{"keepBlocks":1.5}', 'keepBlocks'],
    ['{"loglevel":"info"}', 'loglevel'],
    ['{"gossip":true,"gossip":false}', 'gossip'],
    [`{"logLevel":"info","x":"${'y'.repeat(70_000)}"}`, ''],
  ])('refuses %.30s', (text, path) => {
    const wrong = expect.objectContaining({
      code: 'PLUGIN_CONFIG_INVALID',
      details: expect.objectContaining({path}),
    });
    expect(() => parseOperatorConfig(utf8ToBytes(text))).toThrow(wrong);
  });

  it('refuses bytes that are no UTF-8', () => {
    const wrong = expect.objectContaining({code: 'PLUGIN_CONFIG_INVALID'});
    expect(() => parseOperatorConfig(Uint8Array.of(0x7b, 0xff, 0x7d))).toThrow(wrong);
  });
});

describe('readEngine', () => {
  const address = '127.0.0.1:1';

  it('knows both families over gRPC', () => {
    const avalanche = readEngine({AVALANCHE_VM_RUNTIME_ENGINE_ADDR: address});
    expect(avalanche).toEqual({address, defaultProtocol: 45});
    const lux = readEngine({LUX_VM_RUNTIME_ENGINE_ADDR: address});
    expect(lux).toEqual({address, defaultProtocol: 42});
  });

  it.each([
    [{VM_TRANSPORT: 'zap', VM_RUNTIME_ENGINE_ADDR: address}, 'PLUGIN_ZAP'],
    [{LUX_VM_TRANSPORT: 'zap', LUX_VM_RUNTIME_ENGINE_ADDR: address}, 'PLUGIN_ZAP'],
    [{VM_RUNTIME_ENGINE_ADDR: address, LUX_VM_RUNTIME_ENGINE_ADDR: address}, 'PLUGIN_ZAP'],
    [{}, 'PLUGIN_NO_ENGINE'],
    [{AVALANCHE_VM_RUNTIME_ENGINE_ADDR: ''}, 'PLUGIN_NO_ENGINE'],
  ])('refuses %j', (env, code) => {
    expect(() => readEngine(env)).toThrow(expect.objectContaining({code}));
  });
});

describe('the protocol number', () => {
  const engine = {address: '127.0.0.1:1', defaultProtocol: 42};
  const none = 2 ** 22 + 1; // above the largest process id

  it('is what the operator set', async () => {
    expect(await findProtocolNumber({GRPC_SESSIONVM_PROTOCOL: '43'}, engine, none)).toBe(43);
  });

  it('is the default of the family when nothing says another', async () => {
    expect(await findProtocolNumber({}, engine, none)).toBe(42);
    expect(await findProtocolNumber({}, engine, process.pid)).toBe(42);
  });

  it.each(['x', '0', '-1', '4 5', '123456'])('refuses %j', async (text) => {
    const finding = findProtocolNumber({GRPC_SESSIONVM_PROTOCOL: text}, engine, none);
    await expect(finding).rejects.toMatchObject({code: 'PLUGIN_PROTOCOL'});
  });

  it('is read from --version-json', () => {
    const answer = '{"application":"avalanchego/1.13.5","rpcchainvm":43}';
    expect(readProtocolNumber(answer)).toBe(43);
    for (const wrong of ['', '{}', '[]', 'null', '{"rpcchainvm":"43"}', '{"rpcchainvm":4.5}']) {
      expect(readProtocolNumber(wrong)).toBeUndefined();
    }
  });

  it('is asked of a file, with patience that ends', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sessionvm-node-'));
    const file = join(folder, 'avalanchego');
    const write = (body: string) => writeFile(file, `#!/bin/sh\n${body}\n`, {mode: 0o700});
    try {
      await write('[ "$1" = --version-json ] && echo \'{"rpcchainvm":44}\'');
      expect(await askProtocolNumber(file)).toBe(44);
      await write('exit 1');
      expect(await askProtocolNumber(file)).toBeUndefined();
      await write('exec sleep 60');
      const start = performance.now();
      expect(await askProtocolNumber(file, 200)).toBeUndefined();
      expect(performance.now() - start).toBeLessThan(5000);
      expect(await askProtocolNumber(join(folder, 'nothing'))).toBeUndefined();
    } finally {
      await rm(folder, {recursive: true, force: true});
    }
  });

  it('knows a node by the name of its file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sessionvm-node-'));
    const file = join(folder, 'avalanchego-v1.13.5');
    await copyFile('/bin/sleep', file);
    const node = spawn(file, ['60']);
    try {
      await once(node, 'spawn');
      expect(findNodeFile(node.pid ?? 0)).toBe(`/proc/${node.pid}/exe`);
    } finally {
      node.kill('SIGKILL');
      await rm(folder, {recursive: true, force: true});
    }
  });

  it('asks no process of another name', async () => {
    expect(findNodeFile(process.pid)).toBeUndefined();
    expect(findNodeFile(none)).toBeUndefined();
  });
});
