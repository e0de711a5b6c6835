import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {openRpcText} from '../../scripts/openrpc.ts';
import {addressToString, idToString, nodeIdToString} from '../../src/crypto/ids.ts';
import {createApi} from '../../src/plugin/api/json-rpc.ts';
import {METHODS} from '../../src/plugin/api/registry.ts';
import {API_ERRORS} from '../../src/protocol/api-errors.ts';
import {API_METHODS} from '../../src/protocol/api-methods.ts';
import {bytesToHex, utf8ToBytes} from '../../src/protocol/bytes.ts';
import type {JsonSchema} from '../../src/protocol/json-schema.ts';
import {SchemaChecker} from '../json-schema.ts';
import {Driver, testAccount, testNode} from '../vm/driver.ts';
import {apiContext} from './api-fixture.ts';
import {
  CHECKER,
  documentedAnswer,
  documentedErrors,
  documentedMethod,
  documentedParams,
  OPEN_RPC,
} from './openrpc-document.ts';

type Answer = {
  readonly result?: unknown;
  readonly error?: {readonly code: number; readonly data: {readonly code: string}};
};

const owner = testAccount('owner');
const nodes = [testNode('a'), testNode('b'), testNode('c')];

function setUp() {
  const driver = new Driver({accounts: [owner]});
  const registrations = nodes.map((node, i) => driver.register(owner, node, undefined, BigInt(i)));
  driver.block(driver.at(1000), registrations);
  const {context, internal} = apiContext(driver);
  const api = createApi(context);
  const call = async (method: string, params?: unknown): Promise<Answer> => {
    const body = utf8ToBytes(JSON.stringify({jsonrpc: '2.0', id: 1, method, params}));
    return JSON.parse(new TextDecoder().decode((await api.handle(body)).body)) as Answer;
  };
  return {driver, internal, call};
}

const methodNames = Object.keys(METHODS).sort();

/** Values that are good for a parameter of this name, whatever the method. */
function goodParam(driver: Driver, name: string): unknown {
  const values: Readonly<Record<string, unknown>> = {
    id: idToString(driver.blocks[0]!.id),
    encoding: 'hex',
    height: '1',
    tx: `0x${bytesToHex(driver.blocks[0]!.txs[0]!.bytes)}`,
    address: addressToString(owner.address),
    nodeId: nodeIdToString(nodes[0]!.nodeId),
    swarmId: 0,
    limit: 1,
    pubkey: `0x07${'00'.repeat(32)}`,
    keys: ['0x01', '02'],
  };
  return values[name];
}

/** Of parameters that may be left out, those without which nothing is asked for. */
const ALSO: Readonly<Record<string, readonly string[]>> = {
  getProof: ['keys', 'nodeId', 'address', 'swarmId'],
};

const neededNames = (method: string): readonly string[] =>
  documentedMethod(method)
    .params.filter(({required}) => required)
    .map(({name}) => name);

/** All needed parameters of a method, with good values. */
function goodParams(driver: Driver, method: string): Record<string, unknown> {
  const names = [...neededNames(method), ...(ALSO[method] ?? [])];
  return Object.fromEntries(names.map((name) => [name, goodParam(driver, name)]));
}

describe('docs/openrpc.json', () => {
  it('is what npm run gen makes of the code', () => {
    const file = join(import.meta.dirname, '../../docs/openrpc.json');
    expect(readFileSync(file, 'utf8')).toBe(openRpcText());
  });

  it('holds every registered method with its parameters, and nothing else', () => {
    const documented = OPEN_RPC.methods.map(({name}) => name);
    const expected = [...methodNames.map((name) => `session.${name}`), 'rpc.discover'];
    expect(documented.toSorted()).toEqual(expected.toSorted());
    expect(methodNames.length).toBeGreaterThan(15);
    for (const [name, {params}] of Object.entries(METHODS)) {
      const inDocument = documentedMethod(name).params.map((param) => param.name);
      expect(inDocument.toSorted(), name).toEqual([...params].sort());
    }
    expect(Object.keys(API_METHODS).sort()).toEqual(methodNames);
  });

  it('has the form of OpenRPC 1.3, and no reference into nothing', () => {
    expect(OPEN_RPC.openrpc).toMatch(/^1\.3\.\d+$/);
    expect(OPEN_RPC.info).toMatchObject({title: 'SessionVM', version: expect.any(String)});
    for (const {name, summary, params, result, errors} of OPEN_RPC.methods) {
      expect(summary, name).toMatch(/\.$/);
      expect(result.name).toBeTruthy();
      const flags = params.map(({required}) => required);
      expect(flags.toSorted().reverse(), `${name}: needed parameters first`).toEqual(flags);
      for (const {schema} of [...params, result]) CHECKER.problems(schema, {});
      for (const {$ref} of errors) {
        expect(OPEN_RPC.components.errors).toHaveProperty($ref.split('/').at(-1)!);
      }
    }
    const used = JSON.stringify(OPEN_RPC);
    for (const [name, schema] of Object.entries(OPEN_RPC.components.schemas)) {
      expect(used).toContain(`"#/components/schemas/${name}"`);
      CHECKER.problems(schema, {});
    }
  });

  it('numbers every error as the server does, and SPEC.md the same', async () => {
    const {call} = setUp();
    const {error} = await call('session.nothing');
    expect(error?.code).toBe(OPEN_RPC.components.errors['API_METHOD_NOT_FOUND']?.code);
    const spec = readFileSync(join(import.meta.dirname, '../../SPEC.md'), 'utf8');
    const rows = [...spec.matchAll(/^\| (API_\w+) \| −(\d+) \|/gm)];
    const inSpec = rows.map(([, code, number]) => [code, -Number(number)]);
    const inDocument = Object.entries(OPEN_RPC.components.errors).map(([name, {code}]) => [
      name,
      code,
    ]);
    expect(inSpec.toSorted()).toEqual(inDocument.toSorted());
    expect(Object.keys(API_ERRORS).sort()).toEqual(Object.keys(OPEN_RPC.components.errors).sort());
  });

  it('is what rpc.discover answers', async () => {
    const {call} = setUp();
    expect((await call('rpc.discover')).result).toEqual(OPEN_RPC);
    const {error} = await call('rpc.discover', {a: 1});
    expect(error?.data.code).toBe('API_INVALID_PARAMS');
  });
});

describe('answers', () => {
  it('are as documented in every phase of an epoch, field by field', async () => {
    const {driver, call, internal} = setUp();
    const phases = new Set<string>();
    const look = async (): Promise<void> => {
      for (const method of methodNames.filter((name) => name !== 'issueTx')) {
        const {result, error} = await call(`session.${method}`, goodParams(driver, method));
        expect(error, method).toBeUndefined();
        expect(documentedAnswer(method, result), method).toEqual([]);
        if (method === 'getEpoch') phases.add((result as {phase: string}).phase);
      }
    };
    const next = async (timestamp = driver.chain.nextEmptyBlockTime): Promise<void> => {
      driver.block(timestamp);
      await look();
    };
    await look();
    for (const epoch of [0, 1]) driver.runEpoch(epoch, {committing: [], answering: []});
    for (const epoch of [2, 3]) {
      await next(driver.inEpoch(epoch));
      driver.block(
        driver.now + 1000n,
        nodes.slice(0, epoch).map((node) => driver.commit(node)),
      );
      while (driver.chain.nextEmptyBlockTime < driver.inEpoch(epoch + 1)) await next();
    }
    expect(internal).toEqual([]);
    expect([...phases].sort()).toEqual(['answers', 'rest', 'roundA', 'roundB']);
  });
});

describe('parameters', () => {
  const {driver, call, internal} = setUp();

  it.each(methodNames)('%s: what the document refuses, the server refuses', async (method) => {
    const good = goodParams(driver, method);
    const names = documentedMethod(method).params.map(({name}) => name);
    expect(documentedParams(method, good)).toEqual([]);
    for (const name of neededNames(method)) {
      const {[name]: _, ...without} = good;
      const {error} = await call(`session.${method}`, without);
      expect(error?.data, `${method} without ${name}`).toMatchObject({
        code: 'API_INVALID_PARAMS',
        param: name,
      });
    }
    const {error} = await call(`session.${method}`, {...good, unknown: 1});
    expect(error?.data).toMatchObject({code: 'API_INVALID_PARAMS', param: 'unknown'});
    const allowed = documentedErrors(method);
    for (const name of names) {
      const property = fc.asyncProperty(paramValue, async (value) => {
        const params = {...good, [name]: value};
        const answer = await call(`session.${method}`, params);
        const isDocumented = documentedParams(method, params).length === 0;
        const code = answer.error?.data.code;
        if (!isDocumented) expect(code, JSON.stringify(params)).toBe('API_INVALID_PARAMS');
        if (code === undefined) expect(documentedAnswer(method, answer.result)).toEqual([]);
        else expect(allowed).toContain(code);
      });
      await fc.assert(property, {numRuns: 150});
    }
    expect(internal).toEqual([]);
  });

  const paramValue = fc.oneof(
    fc.jsonValue({maxDepth: 1}).filter((value) => value !== undefined),
    fc.integer({min: -5, max: 200}),
    fc.bigInt({min: 0n, max: 1n << 66n}).map(String),
    fc.constantFrom('hex', '', '0x', '00', 'NodeID-', '1', '01', 2 ** 32, 2 ** 53, 1.5),
    fc.stringMatching(/^(0x)?[0-9a-f]{0,80}$/),
    fc.array(fc.stringMatching(/^(0x)?[0-9a-f]{0,10}$/), {maxLength: 70}),
    fc.stringMatching(/^NodeID-[1-9A-HJ-NP-Za-km-z]{0,140}$/),
    fc.constantFrom(
      ...['address', 'nodeId', 'id', 'pubkey'].map((name) => goodParam(driver, name)),
    ),
  );
});

describe('the schema check of these tests', () => {
  const person: JsonSchema = {
    type: 'object',
    properties: {
      name: {type: 'string', pattern: '^[a-z]+$', maxLength: 3},
      age: {anyOf: [{type: 'integer', minimum: 0, maximum: 9}, {type: 'null'}]},
      kinds: {type: 'array', items: {type: 'string', enum: ['a', 'b']}, minItems: 1, maxItems: 2},
    },
    required: ['name'],
  };
  const checker = new SchemaChecker({person});
  const good = {name: 'abc', age: 9, kinds: ['a', 'b']};

  it.each([
    [good, 0],
    [{...good, age: null}, 0],
    [{name: 'a'}, 0],
    [{age: 3}, 1],
    [{...good, name: 'abcd'}, 1],
    [{...good, name: 'A'}, 1],
    [{...good, name: 5}, 1],
    [{...good, age: 10}, 2],
    [{...good, age: 1.5}, 2],
    [{...good, kinds: []}, 1],
    [{...good, kinds: ['c']}, 1],
    [{...good, kinds: ['a', 'a', 'a']}, 1],
    [{...good, other: 1}, 1],
    [[], 1],
    [null, 1],
  ])('%j: %i problems', (value, count) => {
    const reference = {$ref: '#/components/schemas/person'} as JsonSchema;
    expect(checker.problems(reference, value)).toHaveLength(count);
  });

  it('knows every word that it meets', () => {
    expect(() => checker.problems({format: 'x'} as JsonSchema, 1)).toThrow('format');
    expect(() => checker.problems({$ref: '#/components/schemas/no'} as JsonSchema, 1)).toThrow();
  });
});
