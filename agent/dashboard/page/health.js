const many = (count, one, several) => `${count.toLocaleString()} ${count === 1 ? one : several}`;

/**
 * What an agent could not do in time, in words; nothing where all goes well. An agent of another version may leave counts out.
 *
 * @param health the agent's, as it stands on its topic
 */
export function troublesOf({ windows, missedDeadlines, throttled }) {
  const { dropped, missed, failed } = windows ?? {};
  const unanswered = [dropped, missed, failed].filter(Number.isFinite).reduce((sum, count) => sum + count, 0);
  return [
    unanswered > 0 && `${many(unanswered, 'window', 'windows')} not answered`,
    missedDeadlines > 0 && `${many(missedDeadlines, 'answer', 'answers')} later than windows come`,
    throttled === true && 'the processor is slowed down',
  ].filter(Boolean);
}
