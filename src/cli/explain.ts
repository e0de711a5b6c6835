import {ApiError} from '../client/errors.ts';
import {SessionError} from '../protocol/errors.ts';

type Explanation = (facts: Readonly<Record<string, unknown>>) => string;

/** A field of JSON and what is wrong with it, from the facts of the error. */
export const fieldProblem: Explanation = ({path, problem, min, max}) => {
  const range = min === undefined ? '' : ` (${min} to ${max})`;
  return `${path === '' ? 'it' : `'${path}'`} ${problem}${range}`;
};

/** What to do about an error, by its code. A code without a row explains itself by its facts. */
const EXPLANATIONS: Readonly<Record<string, Explanation>> = {
  CLI_USAGE: ({problem}) => `${problem}`,
  CLI_NOT_ACCEPTED: ({txId}) =>
    `transaction ${txId} was sent but is not accepted yet: ask again with 'sessionvm tx ${txId}'`,
  CLI_NOT_FOUND: ({what}) => `the chain knows no such ${what}`,
  CLI_UNAVAILABLE: ({problem}) => `${problem}`,
  CLI_OUTPUT_FAILED: ({reason}) => `cannot write the output (${reason})`,
  CLI_CHECKS_FAILED: ({failed, checks}) => `${failed} of ${checks} checks failed`,
  GENESIS_INVALID: (facts) =>
    `this is no genesis of this VM: ${fieldProblem(facts)}; 'sessionvm genesis' makes one`,
  GENESIS_TOO_LARGE: () =>
    "this is no genesis of this VM: it is too large; 'sessionvm genesis' makes one",
  UPGRADES_INVALID: (facts) => `these upgrades cannot be: ${fieldProblem(facts)}`,
  UPGRADES_TOO_LARGE: ({limit}) => `the file of upgrades is larger than ${limit} bytes`,
  DEVNET_DATA: ({directory, problem}) =>
    `${directory} cannot be gone on with: ${problem}; name another folder with --dir, or remove this one`,
  CONFIG_INVALID: ({path, expected}) => `setting '${path}' ${expected}`,
  FILE_EXISTS: ({path}) => `${path} exists already: name another file, or say --force`,
  FILE_MISSING: ({path}) => `there is no file ${path}`,
  FILE_UNREADABLE: ({path, reason}) => `cannot read ${path} (${reason})`,
  FILE_MALFORMED: ({
    path,
    expected,
    problem,
    advice = 'name another file, or bring back its copy',
  }) => `${path} is not ${expected} (${problem}): ${advice}`,
  FILE_UNWRITABLE: ({path, reason}) => `cannot write ${path} (${reason})`,
  CLIENT_UNREACHABLE: ({host, reason}) =>
    `no answer from ${host} (${reason}): is the chain running there, and is the URL right?`,
  CLIENT_TIMEOUT: ({host, timeoutMs}) => `${host} did not answer within ${timeoutMs} ms`,
  CLIENT_BAD_URL: ({url, expected}) => `'${url}' is no URL as it must be: ${expected}`,
  CLIENT_BAD_RESPONSE: ({path, problem, expected}) =>
    `the answer is not that of the chain that was asked (${path ?? problem}${expected === undefined ? '' : ` should be ${expected}`}): is it the right URL, and does it end in /rpc?`,
  CLIENT_BAD_AMOUNT: ({amount, expected}) => `'${amount}' is no amount: it must be ${expected}`,
  CLIENT_BAD_CONSENT: ({problem}) => `this registration request cannot be used: ${problem}`,
  CLIENT_NO_NODES: ({asked}) =>
    `${asked === 1 ? 'the one known node does not say' : `none of the ${asked} known nodes says`} where the swarm is: --node ADDR names another`,
  CLIENT_NO_MEMBER: ({reason}) =>
    `no member of the swarm could do it (${reason}): try again in a while`,
  CLIENT_NO_CARD: () =>
    'the owner of this id has published no contact card: ask for its file, and say --to FILE',
  CLIENT_CARD_WRONG_ID: () => 'the card is not the one of this id: do not use it',
  CLIENT_NEIGHBOUR_REFUSED: ({method, text}) => `the other chain refuses ${method}: ${text}`,
  CLIENT_DID_MALFORMED: ({did, expected}) => `'${did}' is no DID, as in ${expected}`,
  CLIENT_DID_UNKNOWN: ({did, text}) => `the identity chain does not know ${did} (${text})`,
  CLIENT_DID_NOT_PQ: ({did}) => `the key of ${did} is not of ML-DSA-65: it can have no inbox`,
  CLIENT_DID_WRONG_KEY: ({did, problem}) =>
    `what the identity chain says of ${did} does not hold (${problem}): do not use it`,
  CLIENT_DID_NO_SESSION: ({did}) =>
    `${did} names no inbox: its owner adds what 'sessionvm did show' says`,
  CLIENT_DID_UNVERIFIED: ({did}) =>
    `nothing but the identity chain's server ties a key to ${did}: ask its owner for the id or a card, or say --unverified`,
  CLIENT_BOND_BAD_SIGNATURE: () => 'nobody signed this report as it is: do not use it',
  CLIENT_BOND_BAD_PROOF: ({key, field}) =>
    `the proofs do not show what the report says (${field ?? key}): do not use it`,
  CLIENT_BOND_OTHER_CHAIN: ({problem, height}) =>
    `the chain that was asked does not have the block of this report, height ${height}: ${problem}`,
  CLIENT_RECEIPTS_TOO_FEW: ({valid, members}) =>
    `only ${valid} of ${members} members vouch for the message: send it again, the copy does no harm`,
  CLIENT_ROOTS_DISAGREE: ({height, one, other}) =>
    `${one} and ${other} have different blocks or states at height ${height}: one of them is wrong, believe neither`,
  CLIENT_ROOTS_TOO_FEW: ({answered, asked}) =>
    `only ${answered} of ${asked} servers said what the state root is: two must`,
  CLIENT_STATE_NOT_AT_HAND: ({reason}) =>
    `no server has a proof in this state (${reason}): they keep those of the last 32 blocks`,
  CLIENT_PROOF_INVALID: ({problem, key}) =>
    `the server's proof does not hold (${problem}, key ${key}): do not believe it`,
  CRYPTO_PASSPHRASE_REQUIRED: () =>
    'the key file is encrypted: say --passphrase-file FILE, or set SESSIONVM_PASSPHRASE',
  CRYPTO_OPEN_FAILED: () => 'wrong passphrase, or a damaged key file',
  STORAGE_LOCKED: ({location}) => `${location} is in use by another process`,
  DAEMON_KEY_IN_USE_ELSEWHERE: ({nodeId, epoch, found}) =>
    `the key of ${nodeId} signs elsewhere too: epoch ${epoch} shows a ${found} that this data folder does not know. ` +
    'Nothing more is signed here, because two different commitments cost 10 % of the stake. ' +
    'Stop the other node, or move its data folder here; when it is gone for good, start once with --take-over',
  DAEMON_ALREADY_SIGNED: ({epoch, kind, revision}) =>
    `the ledger holds another ${kind} (revision ${revision}) for epoch ${epoch}: signing a second one would be equivocation`,
  DAEMON_HASH_CHAIN_MISMATCH: () =>
    'the chain knows this node with another hash chain than its key file has: is this the right key file?',
  DAEMON_HASH_CHAIN_SPENT: () =>
    "all reveals of this key are spent: 'sessionvm keys rotate --new-hash-chain' makes new ones",
  DAEMON_TOO_MANY_ROTATIONS: ({limit}) =>
    `the key file holds ${limit} rotations and none can go: wait until the last ones are accepted`,
  DAEMON_LISTEN_FAILED: ({setting, host, port, reason}) =>
    `cannot listen at ${host}:${port} (${reason}): is another program there? --${setting} says where, or off`,
  NETWORK_LISTEN_FAILED: ({listen, reason}) =>
    `cannot listen at ${listen} (${reason}): is another program there? --listen names other addresses`,
  NETWORK_BAD_ADDRESS: ({address}) =>
    `'${address}' is no address of a node, as in /ip4/192.0.2.1/tcp/22023/p2p/12D3KooW…`,
  API_TX_REFUSED: ({reason}) => `the chain refuses the transaction (${reason}): SPEC.md says why`,
  TX_AMOUNT_ZERO: () => 'the amount is 0: name one above',
  TX_STAKE_BELOW_MINIMUM: ({stake, minimum}) =>
    `${stake} base units are less than the least stake, ${minimum}: name more`,
  TX_WRONG_NONCE: () => 'another transaction of this account came first: try again',
  TX_INSUFFICIENT_BALANCE: () => 'the account does not hold enough for amount and fee',
  TX_NODE_REGISTERED: () => 'this node is registered already',
  TX_NODE_UNKNOWN: () => 'the chain knows no such service node',
  TX_NOT_OWNER: () => 'this key does not own that service node',
  TX_ALREADY_LEAVING: () => 'this node is leaving already',
  TX_NODE_RETIRED: () => 'this node is retired',
  TX_NOT_RETIRED: () =>
    "this node is not retired yet: 'sessionvm deregister' first, and 'sessionvm status' says when",
  TX_STILL_UNBONDING: ({unbondsAt}) =>
    `the stake is locked until ${new Date(Number(unbondsAt) * 1000).toISOString()}`,
  TX_WRONG_SEQUENCE: () => 'another order of this node came first: try again',
  TX_KEY_UNKNOWN: () => 'the node has no such transport key any more',
  TX_NO_SEAT: () => 'only an active node with a seat has duties to be away from',
  TX_MAINTENANCE_TIME: ({running}) =>
    `maintenance begins after the running epoch (${running}), and at most 720 epochs later`,
  TX_MAINTENANCE_PENDING: () => 'maintenance of this node is announced or running already',
  TX_MAINTENANCE_SPENT: ({left}) => `only ${left} of 12 epochs in 720 are left to this node`,
  TX_MAINTENANCE_BUSY: () =>
    'too many of its swarm are away or leaving: try again when one of them is back',
  API_NOT_FOUND: ({what}) => `the chain knows no such ${what ?? 'thing'}`,
};

/** What a server calls its problem may be any word. */
const explanationOf = (code: string): Explanation | undefined =>
  Object.hasOwn(EXPLANATIONS, code) ? EXPLANATIONS[code] : undefined;

/** One line for a person: what is wrong and what to do, then the code to look up. */
export function explain(error: unknown): string {
  if (!(error instanceof SessionError)) {
    return error instanceof Error
      ? `internal error: ${error.stack ?? error.message}`
      : String(error);
  }
  const code = error instanceof ApiError ? error.reason : error.code;
  const text = (explanationOf(code) ?? explanationOf(error.code))?.(error.details);
  if (text !== undefined) return `${text} [${code}]`;
  return error.message;
}
