/** Longest encoded block, in bytes: the hosts' frames are 2 MiB. */
export const MAX_BLOCK_BYTES = 1_500_000;

/** Longest encoded transaction, in bytes. */
export const MAX_TX_BYTES = 65_536;

/** While a window is open, what the account transactions of one block take together, in bytes. */
export const MAX_ACCOUNT_BYTES_IN_WINDOW = MAX_BLOCK_BYTES / 4;

/** Longest genesis, in bytes: the limit of the hosts' CreateChainTx. Also of upgrade bytes. */
export const MAX_GENESIS_BYTES = 1_048_576;

/** Upgrades of one chain. */
export const MAX_UPGRADES = 64;

/** Steps of a node's commit-reveal hash chain: at one reveal an hour it lasts 15 years. */
export const HASH_CHAIN_STEPS = 2 ** 17;

/** `swarmId` of a node without a seat. */
export const UNASSIGNED_SWARM = 0xffff_ffff;

/** Misses after which a node is decommissioned: half of its principal is gone then. */
export const MAX_MISSES = 100;

/** One miss burns principal / 200 (0.5 %). */
export const MISS_DIVISOR = 200n;

/** Epochs from Decommissioning to Retired. */
export const DECOMMISSION_EPOCHS = 24n;

/** How many judged epochs an uptime score looks back. */
export const SCORE_EPOCHS = 720;

/** Full uptime score, in basis points. */
export const FULL_SCORE = 10_000;

/** Bytes of a chunk of the possession challenge, and how many chunks are drawn. */
export const CHUNK_BYTES = 1024;
export const CHALLENGE_CHUNKS = 4096;

/** Bitmaps in duty transactions, in bytes: dissent by member order, witness reports by target order. */
export const MAX_DISSENT_BYTES = 2048;
export const MAX_WITNESS_BYTES = 128;

/** Burned for a proven fault: principal / 10, at most once per so many transitions. */
export const FAULT_DIVISOR = 10n;
export const FAULT_PAUSE_EPOCHS = 24n;

/** Epochs with a W that a joining member has to answer it once. */
export const MAX_JOINING_EPOCHS = 6;

/** Transitions for which a replaced transport key stays usable. */
export const KEY_OVERLAP_EPOCHS = 2n;

/** Maintenance: epochs a node may take per 720 transitions, and how far ahead it may be announced. */
export const MAX_MAINTENANCE_EPOCHS = 12;
export const MAINTENANCE_WINDOW = 720n;

/** Amnesty: epochs in a row, and per 720 transitions. */
export const MAX_AMNESTY_STREAK = 6;
export const MAX_AMNESTIES = 24;
export const AMNESTY_WINDOW = 720n;

/** Witnesses: candidates per target, those picked, and the fewest reports that make an outcome. */
export const WITNESS_CANDIDATES = 64;
export const WITNESS_PICKS = 8;
export const MIN_WITNESS_REPORTS = 3;

/** Epochs that a witness is measured over, and that it is left out for when it reports badly. */
export const WITNESS_WINDOW = 30;
export const WITNESS_EXCLUSION_EPOCHS = 30n;

/** Serving members per swarm, on average, from which on swarms split, and below which they merge. */
export const SPLIT_MEAN = 16;
export const MERGE_MEAN = 6;

/** Largest k: 4096 swarms. */
export const MAX_SWARM_EXPONENT = 12;
