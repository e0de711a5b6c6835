import {toChainId, toNodeId, toSignature} from '../bytes.ts';
import {type CodecValue, fixed, struct, u8, u32, u64, versioned} from '../codec.ts';

const fields = {
  nodeId: fixed(toNodeId),
  /** The node record's sequence + 1. */
  sequence: u64,
  fromEpoch: u64,
  /** 1 … 12. */
  epochs: u8,
} as const;

/** What the node key signs, context `maintenance`. SPEC.md §5.8. */
export const MaintenanceOrder = versioned(
  0,
  struct('MaintenanceOrder', {networkId: u32, chainId: fixed(toChainId), ...fields}),
);
export type MaintenanceOrder = CodecValue<typeof MaintenanceOrder>;

/** Epochs without duties, announced before they begin. SPEC.md §5.8. */
export const Maintenance = struct('Maintenance', {...fields, signature: fixed(toSignature)});
export type Maintenance = CodecValue<typeof Maintenance>;
