import {formatAmount} from '../../client/amounts.ts';
import {
  type ProvenAccount,
  type ProvenNode,
  type ProvenSwarm,
  StateVerifier,
  type Verified,
} from '../../client/state-verifier.ts';
import {chainServers} from '../../client/trusted-root.ts';
import {addressFromString, nodeIdFromString} from '../../crypto/ids.ts';
import {bytesToHex, type Hash, hexToBytes, toHash} from '../../protocol/bytes.ts';
import type {Token} from '../../protocol/chain/rules.ts';
import {LEAVING, SEAT, STATUS} from '../../protocol/chain/state-records.ts';
import type {Arguments} from '../arguments.ts';
import type {CliContext, Command} from '../command.ts';
import {CliError, usageError} from '../errors.ts';
import {fields, JSON_OPTION, print} from '../output.ts';
import {toPlain} from '../plain.ts';
import {wordAs} from '../word-as.ts';

const TRUST: Readonly<Record<Verified<unknown>['verified'], string>> = {
  given: 'verified: proven against the root that you gave',
  agreed: 'verified: proven against a root that all servers agree on',
  unverified: 'UNVERIFIED ROOT: one server alone says so; name another one with a second --rpc',
};

type Rows = [string, string][];

function urlsOf(args: Arguments, {env}: CliContext): readonly string[] {
  const urls = args.texts('rpc');
  if (urls.length > 0) return urls;
  const url = env['SESSIONVM_RPC'];
  if (url !== undefined && url !== '') return [url];
  throw usageError('say where the chain is: --rpc URL, best twice or more, or SESSIONVM_RPC');
}

function givenRoot(args: Arguments): Hash | undefined {
  const text = args.text('root');
  return text === undefined ? undefined : wordAs(text, (word) => toHash(hexToBytes(word)));
}

const nameOf = (names: Readonly<Record<string, number>>, value: number): string =>
  Object.keys(names).find((name) => names[name] === value) ?? String(value);

function nodeRows({nodeId, record}: ProvenNode, token: Token): Rows {
  if (record === undefined) return [['node', `${nodeId} is not registered`]];
  const {node, keys, transport} = record;
  return [
    ['node', nodeId],
    ['status', nameOf(STATUS, node.status)],
    ['leaving', nameOf(LEAVING, node.leaving)],
    [
      'seat',
      node.seat === SEAT.none ? 'none' : `${nameOf(SEAT, node.seat)}, swarm ${node.swarmId}`,
    ],
    ['owner', `0x${bytesToHex(node.owner)}`],
    ['stake', formatAmount(node.stake, token)],
    ['misses', String(node.misses)],
    ['public key', `0x${bytesToHex(keys.publicKey.subarray(0, 16))}…`],
    [
      'encryption key',
      transport?.revoked === true
        ? 'revoked'
        : `0x${bytesToHex(keys.encryptionKey.subarray(0, 16))}…`,
    ],
  ];
}

function swarmRows({swarmId, epoch, numSwarms, members}: ProvenSwarm): Rows {
  const first: Rows = [
    ['swarm', `${swarmId} of ${numSwarms}`],
    ['epoch', String(epoch)],
    ['members', String(members.length)],
  ];
  return [
    ...first,
    ...members.map(({nodeId, since}): [string, string] => ['', `${nodeId} since epoch ${since}`]),
  ];
}

const accountRows = ({address, balance, nonce}: ProvenAccount, token: Token): Rows => [
  ['account', address],
  ['balance', formatAmount(balance, token)],
  ['nonce', String(nonce)],
];

function rootRows({verified, stateRoot, block}: Verified<unknown>): Rows {
  const rows: Rows = [['state root', stateRoot]];
  if (block !== undefined) {
    const time = new Date(block.timestampMs).toISOString();
    rows.push(['block', `${block.height}, ${block.id}`], ['block time', time]);
  }
  return [...rows, ['', TRUST[verified]]];
}

type Answer = {
  readonly found: Verified<unknown>;
  readonly rows: (token: Token) => Rows;
  /** Whether the proof shows that there is no such thing. */
  readonly isMissing: boolean;
};

async function ask(
  verifier: StateVerifier,
  [kind, text]: readonly [string, string],
  signal: AbortSignal,
): Promise<Answer> {
  switch (kind) {
    case 'node': {
      const found = await verifier.node(wordAs(text, nodeIdFromString), signal);
      const isMissing = found.value.record === undefined;
      return {found, rows: (token) => nodeRows(found.value, token), isMissing};
    }
    case 'swarm': {
      if (!/^[0-9]{1,9}$/.test(text)) throw usageError(`'${text}' is no swarm id`);
      const found = await verifier.swarm(Number(text), signal);
      const isMissing = found.value.swarmId >= found.value.numSwarms;
      return {found, rows: () => swarmRows(found.value), isMissing};
    }
    case 'account': {
      const found = await verifier.account(wordAs(text, addressFromString), signal);
      return {found, rows: (token) => accountRows(found.value, token), isMissing: false};
    }
    default:
      throw usageError(`verifies a node, a swarm or an account, no ${kind}`);
  }
}

export const command: Command = {
  usage: 'verify node NODEID | swarm ID | account ADDR [--root HEX] [--rpc URL]… [--json]',
  help: `Shows a node's record, a swarm's members or a balance, proven against a state root.

The root is the one of --root (state root of a recent block, which you know from elsewhere), or the one
that all servers agree on, when --rpc names two or more. With one server alone the values are proven
against what it calls the root: the answer says 'unverified'. Two servers that disagree are an error.
Exit code 1 also when the proof shows that there is no such node or swarm.

--rpc URL    a server of the chain's API; again for each further one; else SESSIONVM_RPC
--root HEX   the state root to trust

example: sessionvm verify node NodeID-… --rpc https://one.example/ext/bc/ID/rpc --rpc https://two.example/ext/bc/ID/rpc`,
  options: {
    ...JSON_OPTION,
    rpc: {type: 'string', multiple: true},
    root: {type: 'string'},
  },
  positionals: [2, 2],
  async run(args, context) {
    const servers = chainServers(urlsOf(args, context));
    const stateRoot = givenRoot(args);
    const verifier = new StateVerifier({servers, ...(stateRoot === undefined ? {} : {stateRoot})});
    const kind = args.at(0);
    const {found, rows, isMissing} = await ask(verifier, [kind, args.at(1)], context.signal);
    if (args.flag('json')) await print(context, args, toPlain(found), () => '');
    else {
      const [first] = servers;
      if (first === undefined) throw usageError('say where the chain is: --rpc URL');
      // Only how amounts are written: decimals and symbol are not proven.
      const {token} = await first.chain.call('getNetwork', {}, context.signal);
      await print(context, args, found, () => fields([...rows(token), ...rootRows(found)]));
    }
    if (isMissing) throw new CliError('CLI_NOT_FOUND', {what: kind});
  },
};
