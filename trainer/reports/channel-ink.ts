/** Inks for channels that have none of their own by name. */
const FURTHER = ['ink-1', 'ink-2', 'ink-3', 'ink-4'];

/** Light in its own colours; x, y and z as red, green and blue, as is usual for axes. */
const NAMED: Readonly<Record<string, string>> = {
  red: 'ink-red',
  green: 'ink-green',
  blue: 'ink-blue',
  x: 'ink-red',
  y: 'ink-green',
  z: 'ink-blue',
};

/** A class of style/theme.css for each channel: its ink in plots and in the tokens of a prompt. */
export function channelInks(channels: readonly string[]): string[] {
  let others = 0;
  return channels.map((channel) => {
    const named = NAMED[channel.split('.')[1] ?? ''];
    return named ?? FURTHER[others++ % FURTHER.length]!;
  });
}
