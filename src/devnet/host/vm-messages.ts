/**
 * Messages of `vm.VM` as the loader hands them out: camelCase, u64 as decimal strings, enums as
 * numbers, absent messages null. host-protocol: tables of §2.4.2.
 */
export type U64 = string;

export type Timestamp = {readonly seconds: U64; readonly nanos: number};

/** `SetStateRequest.state`. */
export const VM_STATE = {stateSyncing: 1, bootstrapping: 2, normalOp: 3} as const;
/** `WaitForEventResponse.message`. */
export const VM_MESSAGE = {buildBlock: 1, stateSyncFinished: 2} as const;
/** `StateSummaryAcceptResponse.mode`. */
export const SYNC_MODE = {skipped: 1, static: 2, dynamic: 3} as const;
/** `vm.Error`, inside the answers that have it. */
export const VM_ERROR = {none: 0, closed: 1, notFound: 2, stateSyncNotImplemented: 3} as const;

type Empty = Record<string, never>;
type Id = {readonly id: Uint8Array};

export type NetworkUpgrades = Readonly<Record<string, Timestamp | U64 | Uint8Array | null>>;

export type InitializeRequest = {
  readonly networkId: number;
  readonly subnetId: Uint8Array;
  readonly chainId: Uint8Array;
  readonly nodeId: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly xChainId: Uint8Array;
  readonly cChainId: Uint8Array;
  readonly avaxAssetId: Uint8Array;
  readonly chainDataDir: string;
  readonly genesisBytes: Uint8Array;
  readonly upgradeBytes: Uint8Array;
  readonly configBytes: Uint8Array;
  readonly dbServerAddr: string;
  readonly serverAddr: string;
  readonly networkUpgrades?: NetworkUpgrades;
};

/** The last accepted block, as Initialize and SetState describe it. */
export type ChainHead = {
  readonly lastAcceptedId: Uint8Array;
  readonly lastAcceptedParentId: Uint8Array;
  readonly height: U64;
  readonly bytes: Uint8Array;
  readonly timestamp: Timestamp | null;
};

export type ParsedBlock = {
  readonly id: Uint8Array;
  readonly parentId: Uint8Array;
  readonly height: U64;
  readonly timestamp: Timestamp | null;
  readonly verifyWithContext: boolean;
};
export type BuiltBlock = ParsedBlock & {readonly bytes: Uint8Array};
export type StoredBlock = Omit<BuiltBlock, 'id'> & {readonly err: number};

type NodeRef = {readonly nodeId: Uint8Array};
type AppMessage = NodeRef & {readonly requestId: number};

export type MetricFamily = {
  readonly name: string;
  readonly help: string;
  readonly type: number;
  readonly metric: readonly Readonly<Record<string, unknown>>[];
};

type Summary = Id & {readonly height: U64; readonly bytes: Uint8Array; readonly err: number};

/** Request and answer of each method. */
export type VmCalls = {
  Initialize: {request: InitializeRequest; response: ChainHead};
  SetState: {request: {readonly state: number}; response: ChainHead};
  Shutdown: {request: Empty; response: Empty};
  CreateHandlers: {
    request: Empty;
    response: {
      readonly handlers: readonly {readonly prefix: string; readonly serverAddr: string}[];
    };
  };
  NewHTTPHandler: {request: Empty; response: {readonly serverAddr: string}};
  WaitForEvent: {request: Empty; response: {readonly message: number}};
  Connected: {
    request: NodeRef & {
      readonly name: string;
      readonly major: number;
      readonly minor: number;
      readonly patch: number;
    };
    response: Empty;
  };
  Disconnected: {request: NodeRef; response: Empty};
  BuildBlock: {request: {readonly pChainHeight?: U64}; response: BuiltBlock};
  ParseBlock: {request: {readonly bytes: Uint8Array}; response: ParsedBlock};
  GetBlock: {request: Id; response: StoredBlock};
  SetPreference: {request: Id; response: Empty};
  Health: {request: Empty; response: {readonly details: Uint8Array}};
  Version: {request: Empty; response: {readonly version: string}};
  AppRequest: {
    request: AppMessage & {readonly deadline: Timestamp; readonly request: Uint8Array};
    response: Empty;
  };
  AppRequestFailed: {
    request: AppMessage & {readonly errorCode: number; readonly errorMessage: string};
    response: Empty;
  };
  AppResponse: {request: AppMessage & {readonly response: Uint8Array}; response: Empty};
  AppGossip: {request: NodeRef & {readonly msg: Uint8Array}; response: Empty};
  Gather: {request: Empty; response: {readonly metricFamilies: readonly MetricFamily[]}};
  GetAncestors: {
    request: {
      readonly blkId: Uint8Array;
      readonly maxBlocksNum: number;
      readonly maxBlocksSize: number;
      /** Nanoseconds. The name is misspelt on the wire too. */
      readonly maxBlocksRetrivalTime: U64;
    };
    response: {readonly blksBytes: readonly Uint8Array[]};
  };
  BatchedParseBlock: {
    request: {readonly request: readonly Uint8Array[]};
    response: {readonly response: readonly ParsedBlock[]};
  };
  GetBlockIDAtHeight: {
    request: {readonly height: U64};
    response: {readonly blkId: Uint8Array; readonly err: number};
  };
  StateSyncEnabled: {request: Empty; response: {readonly enabled: boolean; readonly err: number}};
  GetOngoingSyncStateSummary: {request: Empty; response: Summary};
  GetLastStateSummary: {request: Empty; response: Summary};
  ParseStateSummary: {
    request: {readonly bytes: Uint8Array};
    response: Id & {readonly height: U64; readonly err: number};
  };
  GetStateSummary: {
    request: {readonly height: U64};
    response: Id & {readonly bytes: Uint8Array; readonly err: number};
  };
  BlockVerify: {
    request: {readonly bytes: Uint8Array; readonly pChainHeight?: U64};
    response: {readonly timestamp: Timestamp | null};
  };
  BlockAccept: {request: Id; response: Empty};
  BlockReject: {request: Id; response: Empty};
  StateSummaryAccept: {
    request: {readonly bytes: Uint8Array};
    response: {readonly mode: number; readonly err: number};
  };
};
export type VmMethod = keyof VmCalls;
