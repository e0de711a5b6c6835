/**
 * Messages of `vm.VM`, free of any wire: heights are bigints, instants are Unix milliseconds as
 * bigints, enums are numbers. Field tables: host-protocol §2.4.2.
 */

/** `vm.Error`: conditions that travel inside an answer. Every other failure is thrown. */
export const VMError = {NONE: 0, CLOSED: 1, NOT_FOUND: 2, STATE_SYNC_NOT_IMPLEMENTED: 3} as const;
export type VMError = (typeof VMError)[keyof typeof VMError];

/** `vm.State`. */
export const NodeState = {STATE_SYNCING: 1, BOOTSTRAPPING: 2, NORMAL_OP: 3} as const;

/** `vm.Message`. */
export const VMEvent = {BUILD_BLOCK: 1, STATE_SYNC_FINISHED: 2} as const;
export type VMEvent = (typeof VMEvent)[keyof typeof VMEvent];

/** `vm.StateSummaryAcceptResponse.Mode`: go on by blocks; wait for the end of the sync. */
export const SyncMode = {SKIPPED: 1, STATIC: 2} as const;

export type CallContext = {
  /** Aborts when the node gives up the call. */
  readonly signal: AbortSignal;
};

/** One method. A throw is a failed call; its code becomes the text that the node logs. */
export type Unary<Request, Response> = (
  request: Request,
  context: CallContext,
) => Promise<Response> | Response;

export type Empty = Readonly<Record<string, never>>;
export type IdRequest = {readonly id: Uint8Array};

export type InitializeRequest = {
  readonly networkId: number;
  readonly chainId: Uint8Array;
  readonly nodeId: Uint8Array;
  readonly genesisBytes: Uint8Array;
  readonly upgradeBytes: Uint8Array;
  readonly configBytes: Uint8Array;
  readonly dbServerAddr: string;
  readonly serverAddr: string;
};

/** The last accepted block, in answers to Initialize and SetState. */
export type LastAcceptedResponse = {
  readonly lastAcceptedId: Uint8Array;
  readonly lastAcceptedParentId: Uint8Array;
  readonly height: bigint;
  readonly bytes: Uint8Array;
  readonly timestamp: bigint;
};

export type SetStateRequest = {readonly state: number};

export type CreateHandlersResponse = {
  readonly handlers: readonly {readonly prefix: string; readonly serverAddr: string}[];
};
export type NewHTTPHandlerResponse = {readonly serverAddr: string};
export type WaitForEventResponse = {readonly message: VMEvent};

export type ConnectedRequest = {
  readonly nodeId: Uint8Array;
  readonly name: string;
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
};
export type DisconnectedRequest = {readonly nodeId: Uint8Array};

/** The P-chain height, when given, is the proposer's: this chain has no use for it. */
export type BuildBlockRequest = {readonly pChainHeight?: bigint};

export type ParseBlockRequest = {readonly bytes: Uint8Array};
export type ParseBlockResponse = {
  readonly id: Uint8Array;
  readonly parentId: Uint8Array;
  readonly height: bigint;
  readonly timestamp: bigint;
  readonly verifyWithContext: boolean;
};
export type BuildBlockResponse = ParseBlockResponse & {readonly bytes: Uint8Array};

export type GetBlockResponse = {
  readonly parentId: Uint8Array;
  readonly bytes: Uint8Array;
  readonly height: bigint;
  /** Absent when the block is. */
  readonly timestamp?: bigint;
  readonly verifyWithContext: boolean;
  readonly err: VMError;
};

export type BatchedParseBlockRequest = {readonly request: readonly Uint8Array[]};
export type BatchedParseBlockResponse = {readonly response: readonly ParseBlockResponse[]};

export type GetAncestorsRequest = {
  readonly blkId: Uint8Array;
  readonly maxBlocksNum: number;
  /** Bytes, each block counted with 4 more. */
  readonly maxBlocksSize: number;
  /** Nanoseconds. */
  readonly maxBlocksRetrivalTime: bigint;
};
export type GetAncestorsResponse = {readonly blksBytes: readonly Uint8Array[]};

export type GetBlockIDAtHeightRequest = {readonly height: bigint};
export type GetBlockIDAtHeightResponse = {readonly blkId: Uint8Array; readonly err: VMError};

export type BlockVerifyRequest = {readonly bytes: Uint8Array; readonly pChainHeight?: bigint};
export type BlockVerifyResponse = {readonly timestamp: bigint};

export type HealthResponse = {readonly details: Uint8Array};
export type VersionResponse = {readonly version: string};

export type AppRequestMsg = {
  readonly nodeId: Uint8Array;
  readonly requestId: number;
  /** Absent only from a host that breaks the protocol. */
  readonly deadline?: bigint;
  readonly request: Uint8Array;
};
export type AppRequestFailedMsg = {
  readonly nodeId: Uint8Array;
  readonly requestId: number;
  readonly errorCode: number;
  readonly errorMessage: string;
};
export type AppResponseMsg = {
  readonly nodeId: Uint8Array;
  readonly requestId: number;
  readonly response: Uint8Array;
};
export type AppGossipMsg = {readonly nodeId: Uint8Array; readonly msg: Uint8Array};

/** `io.prometheus.client.MetricType`. */
export const MetricType = {COUNTER: 0, GAUGE: 1, HISTOGRAM: 4} as const;

export type Metric = {
  readonly label: readonly {readonly name: string; readonly value: string}[];
  readonly counter?: {readonly value: number};
  readonly gauge?: {readonly value: number};
  readonly histogram?: {
    readonly sampleCount: bigint;
    readonly sampleSum: number;
    readonly bucket: readonly {readonly cumulativeCount: bigint; readonly upperBound: number}[];
  };
};
export type MetricFamily = {
  readonly name: string;
  readonly help: string;
  readonly type: (typeof MetricType)[keyof typeof MetricType];
  readonly metric: readonly Metric[];
};
export type GatherResponse = {readonly metricFamilies: readonly MetricFamily[]};

export type StateSyncEnabledResponse = {readonly enabled: boolean; readonly err: VMError};
export type StateSummaryResponse = {
  readonly id: Uint8Array;
  readonly height: bigint;
  readonly bytes: Uint8Array;
  readonly err: VMError;
};
export type ParseStateSummaryRequest = {readonly bytes: Uint8Array};
export type GetStateSummaryRequest = {readonly height: bigint};
export type StateSummaryAcceptResponse = {readonly mode: number; readonly err: VMError};

/** Request and answer of every method of `vm.VM`. */
export type VmMethods = {
  Initialize: Unary<InitializeRequest, LastAcceptedResponse>;
  SetState: Unary<SetStateRequest, LastAcceptedResponse>;
  Shutdown: Unary<Empty, Empty>;
  CreateHandlers: Unary<Empty, CreateHandlersResponse>;
  NewHTTPHandler: Unary<Empty, NewHTTPHandlerResponse>;
  WaitForEvent: Unary<Empty, WaitForEventResponse>;
  Connected: Unary<ConnectedRequest, Empty>;
  Disconnected: Unary<DisconnectedRequest, Empty>;
  BuildBlock: Unary<BuildBlockRequest, BuildBlockResponse>;
  ParseBlock: Unary<ParseBlockRequest, ParseBlockResponse>;
  GetBlock: Unary<IdRequest, GetBlockResponse>;
  SetPreference: Unary<IdRequest, Empty>;
  Health: Unary<Empty, HealthResponse>;
  Version: Unary<Empty, VersionResponse>;
  AppRequest: Unary<AppRequestMsg, Empty>;
  AppRequestFailed: Unary<AppRequestFailedMsg, Empty>;
  AppResponse: Unary<AppResponseMsg, Empty>;
  AppGossip: Unary<AppGossipMsg, Empty>;
  Gather: Unary<Empty, GatherResponse>;
  GetAncestors: Unary<GetAncestorsRequest, GetAncestorsResponse>;
  BatchedParseBlock: Unary<BatchedParseBlockRequest, BatchedParseBlockResponse>;
  GetBlockIDAtHeight: Unary<GetBlockIDAtHeightRequest, GetBlockIDAtHeightResponse>;
  StateSyncEnabled: Unary<Empty, StateSyncEnabledResponse>;
  GetOngoingSyncStateSummary: Unary<Empty, StateSummaryResponse>;
  GetLastStateSummary: Unary<Empty, StateSummaryResponse>;
  ParseStateSummary: Unary<ParseStateSummaryRequest, Omit<StateSummaryResponse, 'bytes'>>;
  GetStateSummary: Unary<GetStateSummaryRequest, Omit<StateSummaryResponse, 'height'>>;
  BlockVerify: Unary<BlockVerifyRequest, BlockVerifyResponse>;
  BlockAccept: Unary<IdRequest, Empty>;
  BlockReject: Unary<IdRequest, Empty>;
  StateSummaryAccept: Unary<ParseStateSummaryRequest, StateSummaryAcceptResponse>;
};
