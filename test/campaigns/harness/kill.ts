import { TinyError } from '../../../protocols/errors.ts';
import { toolPath } from '../../tools.ts';
import { killCampaign } from '../kill.ts';
import type { Campaign } from './campaign.ts';
import { figure } from './figure.ts';

export const kill: Campaign = {
  name: 'kill',
  about:
    'An agent works at a Mosquitto, each a process of its own, and makes about a hundred predictions a second. First ' +
    'the broker, which keeps nothing, is killed (SIGKILL) and started again at random moments; then the agent, most ' +
    'often while the broker is away. Every prediction that the agent made while only the broker died, and every one ' +
    'that stood in its journal when it was killed, must arrive at a subscriber: in the order of its board, and never ' +
    'twice under two ids.',
  unit: 'kills of each',
  smallSize: 3,
  fullSize: 50,
  async run({ seed, size, progress }) {
    let kills = 0;
    const figures = await killCampaign({
      seed,
      brokerKills: size,
      agentKills: size,
      mosquitto: mosquitto(),
      onProgress: (line) => progress(++kills / 2, line),
    });
    return [
      figure('made while the broker was killed', figures.made, 'predictions', { least: 1 }),
      figure('made then, and never arrived', figures.madeLost, 'predictions', { exactly: 0 }),
      figure('in the journal when the agent was killed', figures.journalled, 'predictions', { least: 1 }),
      figure('in the journal then, and never arrived', figures.journalledLost, 'predictions', { exactly: 0 }),
      figure('arrived', figures.arrived, 'predictions'),
      figure('arrived late, and said so', figures.late, 'predictions', { least: 1 }),
      figure('arrived again, with the same id', figures.repeated, 'messages'),
      figure('same id, other content', figures.contradictions, 'messages', { exactly: 0 }),
      figure('after a later one of their board', figures.outOfOrder, 'predictions', { exactly: 0 }),
      figure('left in the journal at the end', figures.left, 'messages', { exactly: 0 }),
    ];
  },
};

function mosquitto(): string {
  const path = toolPath('mosquitto');
  if (path === undefined) throw new TinyError('mosquitto is not installed', 'sudo apt install mosquitto');
  return path;
}
