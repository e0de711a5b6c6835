/** How many of something, as in '1 node' and '2 nodes'. */
export const counted = (count: number, one: string): string =>
  `${count} ${one}${count === 1 ? '' : 's'}`;
