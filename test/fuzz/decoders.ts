import {ReaderRecord} from '../../src/client/reader-state.ts';
import {
  IdentityFile,
  IdentitySecrets,
  NodeRotation,
  SealHeader,
} from '../../src/crypto/identity-file.ts';
import {GoTime} from '../../src/devnet/host/go-time.ts';
import {History, HistoryItem} from '../../src/messaging/history.ts';
import {HistoryKey} from '../../src/messaging/key-space.ts';
import {ShelvedKeys} from '../../src/messaging/owner-key-shelf.ts';
import {StoredOperation} from '../../src/messaging/stored-operation.ts';
import {KnownPeers} from '../../src/network/peer-keeper.ts';
import {AppliedUpgrades} from '../../src/plugin/applied-upgrades.ts';
import {
  ChainIdentity,
  LastAccepted,
  RecentSummaries,
  StateSlot,
} from '../../src/plugin/chain-keys.ts';
import {
  EventChunk,
  HistoryBounds,
  MissRecord,
  StoredEvent,
} from '../../src/plugin/events/stored-event.ts';
import {GossipMessage, TxBatch} from '../../src/plugin/gossip-message.ts';
import {PeerAnswer, PeerRequest} from '../../src/plugin/peers/peer-codec.ts';
import {TxFilter} from '../../src/plugin/peers/tx-filter.ts';
import {equalBytes} from '../../src/protocol/bytes.ts';
import {AddStake} from '../../src/protocol/chain/add-stake.ts';
import {Block} from '../../src/protocol/chain/block.ts';
import {BondMessage, BondReport, SignedBondReport} from '../../src/protocol/chain/bond-report.ts';
import {DeregisterServiceNode} from '../../src/protocol/chain/deregister-service-node.ts';
import {Evidence, SignedCommitment} from '../../src/protocol/chain/evidence.ts';
import {LossAnswer} from '../../src/protocol/chain/loss-answer.ts';
import {LossClaim} from '../../src/protocol/chain/loss-claim.ts';
import {Maintenance, MaintenanceOrder} from '../../src/protocol/chain/maintenance.ts';
import {
  NodeConsent,
  RegisterServiceNode,
  RegistrationRequest,
} from '../../src/protocol/chain/register-service-node.ts';
import {KeyRevocation, RevokeTransportKey} from '../../src/protocol/chain/revoke-transport-key.ts';
import {KeyRotation, RotateTransportKey} from '../../src/protocol/chain/rotate-transport-key.ts';
import {
  AmnestyHistory,
  Credit,
  DutyNote,
  FaultRecord,
  LeavingRecord,
  MaintenanceRecord,
  SwarmHistory,
  TransportKeys,
  WitnessRecord,
} from '../../src/protocol/chain/sparse-records.ts';
import {StateEntry, StatePrefixProof} from '../../src/protocol/chain/state-prefix-proof.ts';
import {StateProof, StateProofLeaf, StateProofStep} from '../../src/protocol/chain/state-proof.ts';
import {
  Account,
  Answer,
  Commitment,
  Duty,
  EpochState,
  ServiceNode,
  ServiceNodeKeys,
  SwarmEpoch,
  SwarmSeat,
  Tally,
  Totals,
} from '../../src/protocol/chain/state-records.ts';
import {
  StateInner,
  StateLeaf,
  StateSubtree,
  StateSubtreeRequest,
  SummaryBlock,
  SummaryBlockRequest,
} from '../../src/protocol/chain/state-subtree.ts';
import {StateSummary} from '../../src/protocol/chain/state-summary.ts';
import {
  StorageCommitment,
  StoredSet,
  StoredSetClaim,
} from '../../src/protocol/chain/storage-commitment.ts';
import {Transfer} from '../../src/protocol/chain/transfer.ts';
import {Tx, UnsignedTx} from '../../src/protocol/chain/tx.ts';
import {
  ChallengeDraw,
  ChallengeSeed,
  UptimeResponse,
} from '../../src/protocol/chain/uptime-response.ts';
import {WithdrawStake} from '../../src/protocol/chain/withdraw-stake.ts';
import {type Codec, decode, encode} from '../../src/protocol/codec.ts';
import {CodecError} from '../../src/protocol/errors.ts';
import {
  ClientAnswer,
  ClientRequest,
  Cursor,
  Deleted,
  DeleteParams,
  InboxPage,
  InboxRecord,
  NodeInfo,
  RetrieveParams,
  Stored,
  StoreParams,
  SwarmView,
  WatchParams,
} from '../../src/protocol/overlay/client-protocol.ts';
import {ContactCard, SignedContactCard} from '../../src/protocol/overlay/contact-card.ts';
import {Frame} from '../../src/protocol/overlay/frame.ts';
import {
  DeleteOperation,
  MemberAnswer,
  MemberRequest,
  Operation,
  StoreOperation,
} from '../../src/protocol/overlay/member-protocol.ts';
import {OwnerAuth, OwnerClaim, OwnerKeys} from '../../src/protocol/overlay/owner-auth.ts';
import {PeerRecord, SignedPeerRecord} from '../../src/protocol/overlay/peer-record.ts';
import {Receipt, ReceiptBatch, SignedReceipt} from '../../src/protocol/overlay/receipt.ts';
import {
  MessageContent,
  SealClaim,
  SealedHeader,
  SealedMessage,
  SealedPlaintext,
  SealTranscript,
} from '../../src/protocol/overlay/sealed-message.ts';
import {Reader} from '../../src/protocol/reader.ts';
import {
  RecordKey,
  SetEntry,
  SetLeaf,
  Stamp,
  StoredEntry,
} from '../../src/protocol/stored-record.ts';
import {bondReport, contactCard, PARSERS, plainIdentity, sealedMessage} from './parsers.ts';
import type {Random} from './random.ts';
import {validEncodings} from './valid-encodings.ts';

/** How far an input came: refused at once, refused later, or taken. */
export type Depth = 'first' | 'further' | 'whole';

/** One exported decoder. */
export type Decoder = {
  /** The exported name. */
  readonly name: string;
  /** Valid inputs to start from. */
  valid(random: Random): readonly Uint8Array[];
  /** Coded errors are an answer; anything else that is thrown fails the suite. */
  run(input: Uint8Array): Depth | Promise<Depth>;
};

/** How far a codec reads before it refuses: the first four bytes hold a first field of most. */
const FIRST_FIELD_BYTES = 4;

/** A value that was decoded has exactly one encoding: the bytes it came from. */
function decodeCanonical<T>(codec: Codec<T>, input: Uint8Array): Depth {
  try {
    const value = decode(codec, input);
    if (!equalBytes(encode(codec, value), input)) throw new Error('another encoding of one value');
    return 'whole';
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    const reader = new Reader(input);
    try {
      codec.read(reader);
    } catch {
      if (reader.offset <= FIRST_FIELD_BYTES) return 'first';
    }
    return 'further';
  }
}

function codecDecoder<T>(name: string, codec: Codec<T>): Decoder {
  return {
    name,
    valid: (random) => validEncodings(codec, 24, random),
    run: (input) => decodeCanonical(codec, input),
  };
}

const CODECS: Readonly<Record<string, Codec<never>>> = {
  Account,
  Answer,
  Commitment,
  Duty,
  EpochState,
  ServiceNode,
  ServiceNodeKeys,
  SwarmEpoch,
  SwarmSeat,
  Tally,
  Totals,
  StateEntry,
  StatePrefixProof,
  StateProof,
  StateProofLeaf,
  StateProofStep,
  StateInner,
  StateLeaf,
  StateSubtree,
  StateSubtreeRequest,
  StateSummary,
  SummaryBlock,
  SummaryBlockRequest,
  Transfer,
  StorageCommitment,
  StoredSet,
  StoredSetClaim,
  NodeConsent,
  RegisterServiceNode,
  RegistrationRequest,
  Block,
  Tx,
  UnsignedTx,
  DeregisterServiceNode,
  AddStake,
  WithdrawStake,
  KeyRotation,
  RotateTransportKey,
  KeyRevocation,
  RevokeTransportKey,
  MaintenanceOrder,
  Maintenance,
  SignedCommitment,
  Evidence,
  LossClaim,
  LossAnswer,
  AmnestyHistory,
  TransportKeys,
  WitnessRecord,
  MaintenanceRecord,
  FaultRecord,
  LeavingRecord,
  SwarmHistory,
  Credit,
  DutyNote,
  ChallengeDraw,
  ChallengeSeed,
  UptimeResponse,
  RecordKey,
  SetEntry,
  SetLeaf,
  Stamp,
  StoredEntry,
  IdentitySecrets,
  NodeRotation,
  SealHeader,
  GossipMessage,
  TxBatch,
  PeerAnswer,
  PeerRequest,
  TxFilter,
  AppliedUpgrades,
  ChainIdentity,
  LastAccepted,
  RecentSummaries,
  StateSlot,
  EventChunk,
  HistoryBounds,
  MissRecord,
  StoredEvent,
  KnownPeers,
  ContactCard,
  MessageContent,
  SealClaim,
  SealedHeader,
  SealedPlaintext,
  SealTranscript,
  ClientAnswer,
  ClientRequest,
  Cursor,
  Deleted,
  DeleteParams,
  InboxPage,
  InboxRecord,
  NodeInfo,
  RetrieveParams,
  Stored,
  StoreParams,
  SwarmView,
  WatchParams,
  Frame,
  DeleteOperation,
  MemberAnswer,
  MemberRequest,
  Operation,
  StoreOperation,
  OwnerAuth,
  OwnerClaim,
  OwnerKeys,
  PeerRecord,
  SignedPeerRecord,
  Receipt,
  ReceiptBatch,
  SignedReceipt,
  History,
  HistoryItem,
  HistoryKey,
  ShelvedKeys,
  StoredOperation,
  ReaderRecord,
  GoTime,
} as unknown as Readonly<Record<string, Codec<never>>>;

/** Every exported decoder of src/. `coverage.test.ts` compares it with the sources. */
export const DECODERS: readonly Decoder[] = [
  ...Object.entries(CODECS).map(([name, codec]) => codecDecoder(name, codec)),
  // Their magic cannot be made up.
  {...codecDecoder('BondMessage', BondMessage), valid: () => [bondReport().message]},
  {...codecDecoder('BondReport', BondReport), valid: () => [bondReport().report]},
  {...codecDecoder('SignedBondReport', SignedBondReport), valid: () => [bondReport().signed]},
  {...codecDecoder('IdentityFile', IdentityFile), valid: () => [plainIdentity()]},
  {...codecDecoder('SignedContactCard', SignedContactCard), valid: () => [contactCard()]},
  // Nor can a box of a size class.
  {...codecDecoder('SealedMessage', SealedMessage), valid: () => [sealedMessage()]},
  ...PARSERS,
];
