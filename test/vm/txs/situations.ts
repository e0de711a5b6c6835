import {Driver, type TestAccount, type TestNode, testAccount, testNode} from '../driver.ts';

export const OWNER: TestAccount = testAccount('owner');
export const STRANGER: TestAccount = testAccount('stranger');
export const PAUPER: TestAccount = testAccount('pauper');
export const NODES: readonly TestNode[] = Array.from({length: 4}, (_, i) => testNode(`table ${i}`));
/** In swarm 0 by the draw of this chain or not: `firstOf` finds one. */
export const NEWCOMER: TestNode = testNode('newcomer');

export function fresh(init: ConstructorParameters<typeof Driver>[0] = {}): Driver {
  return new Driver({accounts: [OWNER, STRANGER], ...init});
}

/** All nodes registered in epoch 0. */
export function registered(): Driver {
  const driver = fresh();
  driver.block(
    driver.at(1000),
    NODES.map((node, i) => driver.register(OWNER, node, undefined, BigInt(i))),
  );
  return driver;
}

/** The first block of epoch 2: all nodes are seated and have duties, round A is open. */
export function inRoundA(): Driver {
  const driver = registered();
  for (const epoch of [0, 1]) driver.runEpoch(epoch, {committing: [], answering: []});
  driver.block(driver.inEpoch(2));
  return driver;
}

/** Round A of epoch 3: the epoch before had duties too. */
export function inSecondRoundA(): Driver {
  const driver = inRoundA();
  driver.runEpoch(2, {committing: NODES, answering: []});
  driver.block(driver.inEpoch(3));
  return driver;
}

/** Everybody committed to nothing stored; round B has begun. */
export function inRoundB(): Driver {
  const driver = inRoundA();
  driver.block(
    driver.now + 1000n,
    NODES.map((node) => driver.commit(node)),
  );
  driver.block(driver.inEpoch(2, 3333));
  return driver;
}

/** W is fixed, and answers are taken from the next block on. */
export function inAnswers(): Driver {
  const driver = inRoundB();
  driver.block(driver.inEpoch(2, 6666));
  return driver;
}

/** The first node left in epoch 0, before it had a seat: it is retired from epoch 1 on. */
export function retired(): Driver {
  const driver = registered();
  driver.block(driver.now + 50n, [driver.deregister(OWNER, NODES[0]!)]);
  driver.block(driver.inEpoch(1));
  return driver;
}

/** Its stake is free: six epochs of unbonding are over. */
export function unbonded(): Driver {
  const driver = retired();
  driver.block(driver.now + 120_000n);
  return driver;
}
