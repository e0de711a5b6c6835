import {parseArguments} from '../../src/cli/arguments.ts';
import {sessionIdFrom} from '../../src/cli/contacts.ts';
import {CliError} from '../../src/cli/errors.ts';
import {parseAmount} from '../../src/client/amounts.ts';
import {API_RESULTS} from '../../src/client/api-results.ts';
import {base64ToBytes, bytesToBase64} from '../../src/client/base64.ts';
import {createBondReport, readBondReport} from '../../src/client/bond-report.ts';
import {createContactCard, readContactCard} from '../../src/client/contact-card.ts';
import {didOf, parseDid} from '../../src/client/did.ts';
import {readDidDocument} from '../../src/client/did-document.ts';
import {ClientError} from '../../src/client/errors.ts';
import {chainEvent} from '../../src/client/event-results.ts';
import {readKeyRecord} from '../../src/client/key-record.ts';
import {parseRpcUrl} from '../../src/client/rpc-chain-client.ts';
import {openSealed, sealMessage} from '../../src/client/seal.ts';
import {decodeCb58} from '../../src/crypto/cb58.ts';
import {CryptoError} from '../../src/crypto/errors.ts';
import {decodeIdentity, encodeIdentity} from '../../src/crypto/identity.ts';
import {addressFromString, idFromString, nodeIdFromString} from '../../src/crypto/ids.ts';
import {createSigner} from '../../src/crypto/ml-dsa.ts';
import {parseNodeConfig} from '../../src/daemon/config.ts';
import {ConfigError} from '../../src/daemon/errors.ts';
import {parseAddress, parsePeerAddress} from '../../src/network/addresses.ts';
import {NetworkError} from '../../src/network/errors.ts';
import {ApiError} from '../../src/plugin/api/errors.ts';
import {createApi} from '../../src/plugin/api/json-rpc.ts';
import {readEngine} from '../../src/plugin/engine.ts';
import {PluginError} from '../../src/plugin/errors.ts';
import {cursorFromString} from '../../src/plugin/events/cursor.ts';
import {parseEventCall} from '../../src/plugin/events/event-messages.ts';
import {parseOperatorConfig} from '../../src/plugin/operator-config.ts';
import {readProtocolNumber} from '../../src/plugin/protocol-number.ts';
import {hexToBytes, toSigningSeed, utf8ToBytes} from '../../src/protocol/bytes.ts';
import {BondMessage, BondReport, SignedBondReport} from '../../src/protocol/chain/bond-report.ts';
import {createGenesis, GenesisError, parseGenesis} from '../../src/protocol/chain/genesis.ts';
import {PRESETS} from '../../src/protocol/chain/rules.ts';
import {parseUpgrades, UpgradesError} from '../../src/protocol/chain/upgrades.ts';
import {encode} from '../../src/protocol/codec.ts';
import {CodecError, SessionError} from '../../src/protocol/errors.ts';
import {BlockError} from '../../src/vm/errors.ts';
import {parseBlock} from '../../src/vm/parsed-block.ts';
import {parseTx} from '../../src/vm/parsed-tx.ts';
import {CHAIN, identityOf, NOW_MS} from '../client/people.ts';
import {apiContext} from '../plugin/api-fixture.ts';
import {Driver, testAccount, testNode} from '../vm/driver.ts';
import {COMMANDS} from './commands.ts';
import type {Decoder, Depth} from './decoders.ts';

type ErrorClass = abstract new (...args: never) => SessionError;

/** Inputs as text: every byte one character, so that mutations reach all of them. */
const textOf = (input: Uint8Array): string => Buffer.from(input).toString('latin1');
const texts =
  (...all: readonly string[]) =>
  (): readonly Uint8Array[] =>
    all.map(utf8ToBytes);

/** Runs a parser; only its own coded errors pass. `firstCheck` tells a refusal at the first look. */
function guarded(
  errors: readonly ErrorClass[],
  firstCheck: (error: SessionError) => boolean,
  parse: (input: Uint8Array) => unknown,
): Decoder['run'] {
  return async (input): Promise<Depth> => {
    try {
      await parse(input);
      return 'whole';
    } catch (error) {
      const isOwn = error instanceof SessionError && errors.some((own) => error instanceof own);
      if (!isOwn) throw error;
      return firstCheck(error) ? 'first' : 'further';
    }
  };
}

const byCode =
  (...codes: readonly string[]) =>
  ({code}: SessionError): boolean =>
    codes.includes(code);
/** Text of one field: whatever is refused is refused at it. */
const oneField = (): boolean => true;
/** JSON that is no JSON has no path. */
const withoutPath = ({details}: SessionError): boolean => details['path'] === '';

const json = (input: Uint8Array): unknown => {
  try {
    return JSON.parse(textOf(input));
  } catch {
    return textOf(input);
  }
};

const driver = new Driver({accounts: [testAccount('fuzz')]});
driver.block(driver.at(1000), [driver.register(testAccount('fuzz'), testNode('fuzz'))]);
const api = createApi(apiContext(driver).context);

/** What the API answers, from a small result to a large one. */
const RESULTS = await Promise.all(
  ['health', 'getEpoch', 'listSwarms'].map(async (method) => {
    const request = {jsonrpc: '2.0', id: 1, method: `session.${method}`, params: {}};
    const {body} = await api.handle(utf8ToBytes(JSON.stringify(request)));
    return JSON.stringify(JSON.parse(new TextDecoder().decode(body)).result);
  }),
);

const BOND = await createBondReport(
  {
    async call(method, params) {
      const request = {jsonrpc: '2.0', id: 1, method: `session.${method}`, params};
      const {body} = await api.handle(utf8ToBytes(JSON.stringify(request)));
      return API_RESULTS[method](JSON.parse(new TextDecoder().decode(body)).result, method);
    },
  },
  {signer: createSigner(toSigningSeed(new Uint8Array(32).fill(8)))},
);

const GENESIS = createGenesis({
  preset: 'dev',
  timestamp: 1_767_225_600,
  allocations: [{address: testAccount('g').address, amount: 5n}],
  rules: {epochSeconds: 20},
  message: 'x',
});
const SEED = toSigningSeed(new Uint8Array(32).fill(7));

export function plainIdentity(): Uint8Array {
  return encodeIdentity({kind: 'account', signingSeed: SEED});
}

const [alice, bob] = [identityOf(1), identityOf(2)];

const DID = didOf(alice.keys.signing);
const DID_DOCUMENT = {
  publicKey: bytesToBase64(alice.keys.signing),
  metadata: {'session.kem': bytesToBase64(alice.keys.kem)},
};
const DID_SERVICE = {
  identity: {
    publicKey: bytesToBase64(alice.keys.signing),
    services: [{type: 'Session', serviceEndpoint: `session:07${'00'.repeat(32)}`}],
  },
};

/** A report on the chain above, its parts encoded. */
export function bondReport() {
  return {
    message: encode(BondMessage, BOND.report.message),
    report: encode(BondReport, BOND.report),
    signed: encode(SignedBondReport, BOND),
  };
}

export function contactCard(): Uint8Array {
  return createContactCard(alice, {name: 'Alice', timeMs: NOW_MS});
}

export function sealedMessage(): Uint8Array {
  const content = {type: 'text', value: 'fuzz'} as const;
  const init = {chain: CHAIN, recipient: bob.keys, sender: alice, timeMs: NOW_MS};
  return sealMessage({...init, content});
}

export const PARSERS: readonly Decoder[] = [
  {
    name: 'parseTx',
    valid: () => driver.blocks.flatMap(({txs}) => txs.map(({bytes}) => bytes)),
    run: guarded([CodecError], byCode('CODEC_UNKNOWN_VERSION'), parseTx),
  },
  {
    name: 'parseBlock',
    valid: () => driver.blocks.map(({bytes}) => bytes),
    run: guarded(
      [BlockError],
      ({details}) => details['codec'] === 'CODEC_UNKNOWN_VERSION',
      parseBlock,
    ),
  },
  {
    name: 'parseGenesis',
    valid: () => [GENESIS],
    run: guarded([GenesisError], withoutPath, parseGenesis),
  },
  {
    name: 'hexToBytes',
    valid: texts('0x00ff', 'ABCDEF12', ''),
    run: guarded([CodecError], oneField, (input) => hexToBytes(textOf(input))),
  },
  {
    name: 'decodeCb58',
    valid: texts('45PJLL', '11111111111111111111111111111111LpoYY'),
    run: guarded([CodecError], byCode('CODEC_BAD_TEXT'), (input) => decodeCb58(textOf(input))),
  },
  {
    name: 'idFromString',
    valid: texts(
      '11111111111111111111111111111111LpoYY',
      'SkB92YpWm4Q2ijQHH34cqbKkCZWszsiQgHVjtNeFF2HdvDQU',
    ),
    run: guarded([CodecError], byCode('CODEC_BAD_TEXT'), (input) => idFromString(textOf(input))),
  },
  {
    name: 'nodeIdFromString',
    valid: texts('NodeID-6L5yRNPTuciSgXGHqYwn9N6NeoKMvqvy', 'NodeID-111111111111111111116DBWJs'),
    run: guarded([CodecError], byCode('CODEC_BAD_TEXT'), (input) =>
      nodeIdFromString(textOf(input)),
    ),
  },
  {
    name: 'addressFromString',
    valid: texts(`0x${'ab'.repeat(20)}`, 'ab'.repeat(20)),
    run: guarded([CodecError], oneField, (input) => addressFromString(textOf(input))),
  },
  {
    name: 'cursorFromString',
    valid: texts('0/0', '123/4', '18446744073709551615/4294967295'),
    run: guarded([CodecError], oneField, (input) => cursorFromString(textOf(input))),
  },
  {
    name: 'parseEventCall',
    valid: texts(
      '{"jsonrpc":"2.0","id":1,"method":"subscribe","params":{"events":["miss"],"after":"1/0"}}',
      '{"id":"x","method":"session.ping"}',
    ),
    run: guarded([ApiError], byCode('API_PARSE_ERROR'), (input) => {
      const call = parseEventCall(textOf(input));
      if ('error' in call) throw call.error;
    }),
  },
  {
    name: 'chainEvent',
    valid: texts(
      '{"cursor":"1/0","height":"1","blockId":"x","timestampMs":1,"type":"epoch","epoch":"1","stage":"answersClosed"}',
      '{"cursor":"1/1","height":"1","blockId":"x","timestampMs":1,"type":"miss","nodeId":"x","epoch":"1","reasons":[],"burned":"0","paidByCredit":false,"excused":false}',
    ),
    run: guarded(
      [ClientError],
      ({details}) => details['path'] === 'event',
      (input) => chainEvent(json(input), 'event'),
    ),
  },
  {
    name: 'decodeIdentity',
    valid: () => [plainIdentity()],
    run: guarded([CodecError, CryptoError], byCode('CODEC_BAD_TEXT'), (input) =>
      decodeIdentity(input),
    ),
  },
  {
    name: 'readContactCard',
    valid: () => [contactCard()],
    run: guarded([CodecError, ClientError], byCode('CODEC_BAD_TEXT'), (input) =>
      readContactCard(input, {nowMs: NOW_MS}),
    ),
  },
  {
    name: 'openSealed',
    valid: () => [sealedMessage()],
    run: guarded([ClientError], byCode('CLIENT_SEAL_MALFORMED'), (input) =>
      openSealed(input, {chain: CHAIN, recipient: bob}),
    ),
  },
  {
    name: 'parseOperatorConfig',
    valid: texts('{"logLevel":"debug","gossip":true}', '{}'),
    run: guarded([PluginError], withoutPath, parseOperatorConfig),
  },
  {
    name: 'parseUpgrades',
    valid: texts(
      '{}',
      '{"upgrades":[{"activatesAt":1767225700,"rules":{"minStake":"5","credit":{"initial":1,"growEvery":2,"cap":3}}}]}',
      '{"upgrades":[{"activatesAt":1767225700,"rules":{"minPeers":3}},{"activatesAt":1767225701,"rules":{"minFee":"7","seatsPerEpoch":0}}]}',
    ),
    run: guarded([UpgradesError], withoutPath, (input) =>
      parseUpgrades(input, {rules: PRESETS.dev, timeMs: 1_767_225_600_000n}),
    ),
  },
  {
    name: 'readProtocolNumber',
    valid: texts('{"rpcchainvm":43}', '{"rpcchainvm":"43"}', '[]'),
    run: guarded([], oneField, (input) => readProtocolNumber(textOf(input))),
  },
  {
    name: 'readEngine',
    valid: texts('127.0.0.1:9650', '[::1]:9650'),
    run: guarded([PluginError], oneField, (input) => {
      const value = textOf(input);
      const env = {LUX_VM_TRANSPORT: value, AVALANCHE_VM_RUNTIME_ENGINE_ADDR: value};
      return readEngine(env);
    }),
  },
  {
    name: 'createApi',
    valid: texts(
      '{"jsonrpc":"2.0","id":1,"method":"session.getServiceNode","params":{"nodeId":"NodeID-111111111111111111116DBWJs"}}',
      '[{"id":1,"method":"sessionvm.GetEpoch","params":[{}]},{"jsonrpc":"2.0","id":2,"method":"session.listSwarms","params":{"cursor":"1"}}]',
      '{"jsonrpc":"2.0","id":1,"method":"session.issueTx","params":{"tx":"0x0000"}}',
    ),
    async run(input) {
      const {status, body} = await api.handle(input);
      const answer = body.length === 0 ? '' : new TextDecoder().decode(body);
      if (status !== 200 && status !== 204) throw new Error(`status ${status}`);
      if (answer.includes('API_INTERNAL')) throw new Error(`internal error: ${answer}`);
      return answer.includes('API_PARSE_ERROR') ? 'first' : 'further';
    },
  },
  {
    name: 'API_RESULTS',
    valid: texts(...RESULTS),
    run: guarded([ClientError], oneField, (input) => {
      const value = json(input);
      let taken = 0;
      let last: unknown;
      for (const check of Object.values(API_RESULTS)) {
        try {
          check(value, 'result');
          taken += 1;
        } catch (error) {
          if (!(error instanceof ClientError)) throw error;
          last = error;
        }
      }
      if (taken === 0) throw last;
    }),
  },
  {
    name: 'base64ToBytes',
    valid: texts('AAAA', 'AAA=', 'AA==', '+/8='),
    run: guarded([CodecError], oneField, (input) => base64ToBytes(textOf(input))),
  },
  {
    name: 'sessionIdFrom',
    valid: texts(`07${'0a'.repeat(32)}`, `0x07${'F0'.repeat(32)}`),
    async run(input) {
      return sessionIdFrom(textOf(input)) === undefined ? 'first' : 'whole';
    },
  },
  {
    name: 'parseAmount',
    valid: texts('100', '0.25', '18446744073709.551615'),
    run: guarded([ClientError], oneField, (input) => parseAmount(textOf(input), PRESETS.lux.token)),
  },
  {
    name: 'parseRpcUrl',
    valid: texts('http://127.0.0.1:9650/ext/bc/x/rpc', 'https://example.org/rpc'),
    run: guarded([ClientError], oneField, (input) => parseRpcUrl(textOf(input))),
  },
  {
    name: 'readKeyRecord',
    valid: texts(
      '{"key":{"id":"i","name":"n","algorithm":"ml-kem-768","publicKey":"AAAA","status":"active","threshold":1}}',
    ),
    run: guarded(
      [ClientError],
      ({details}) => details['path'] === 'result',
      (input) => readKeyRecord(json(input), {name: 'n'}),
    ),
  },
  {
    name: 'readBondReport',
    valid: () => [bondReport().signed],
    run: guarded([CodecError, ClientError], byCode('CODEC_UNKNOWN_VERSION'), readBondReport),
  },
  {
    name: 'parseDid',
    valid: texts('did:lux:alice', DID, 'did:pars:mainnet:abc'),
    run: guarded([ClientError], oneField, (input) => parseDid(textOf(input))),
  },
  {
    name: 'readDidDocument',
    valid: () => [DID_DOCUMENT, DID_SERVICE].map((value) => utf8ToBytes(JSON.stringify(value))),
    run: guarded(
      [ClientError],
      ({details}) => details['path'] === 'result',
      (input) => readDidDocument(json(input), parseDid('did:lux:alice')),
    ),
  },
  {
    name: 'parseAddress',
    valid: texts('/ip4/127.0.0.1/tcp/4100', '/ip6/::1/tcp/4100', '/dns4/example.org/tcp/1'),
    run: guarded([NetworkError], oneField, (input) => parseAddress(textOf(input))),
  },
  {
    name: 'parsePeerAddress',
    valid: texts(
      '/ip4/127.0.0.1/tcp/4100/p2p/12D3KooWKnDdG3iXw9eTFijk3EWSunZcFi54Zka4wmtqtt6rPxc8',
    ),
    run: guarded([NetworkError], oneField, (input) => parsePeerAddress(textOf(input))),
  },
  {
    name: 'parseNodeConfig',
    valid: texts(
      '{"rpc":"http://127.0.0.1:1/rpc","data":"/tmp/x","capacity":"1000"}',
      '{"data":"/tmp/x"}',
      '{"rpc":"http://x/","data":"/d","listen":["/ip4/0.0.0.0/tcp/1"],"metrics":"[::1]:0"}',
    ),
    run: guarded([ConfigError], withoutPath, (input) => parseNodeConfig(json(input))),
  },
  {
    name: 'parseArguments',
    valid: texts(
      'status --json --rpc http://x/rpc',
      'genesis --preset dev --alloc 0x00=1 --alloc 0x01=2',
      'send --to bob --node /ip4/1.2.3.4/tcp/1 --key bob.key hello',
      'node --data /tmp/x --rpc http://x/ --listen /ip4/1.2.3.4/tcp/1 --bootstrap a,b',
      'tx 2JVSBoinj9C2J33VntvzYtVJNZdN2NKiwwKjcumHUWEb5DbBrm',
    ),
    run: guarded([CliError], oneField, (input) => {
      const [name = '', ...words] = textOf(input).split(' ');
      const any = COMMANDS[(input.at(-1) ?? 0) % COMMANDS.length];
      const command = COMMANDS.find(({usage}) => usage.split(' ')[0] === name) ?? any;
      if (command !== undefined) parseArguments(command, words);
    }),
  },
];
