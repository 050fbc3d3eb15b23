/** Bytes of a topic or a filter at most (MQTT 3.1.1, section 4.7.3). */
const MAX_BYTES = 65_535;

/** Whether a text is a topic filter: `+` and `#` fill whole levels, `#` the last one (MQTT 3.1.1, section 4.7.1). */
export function isTopicFilter(text: string): boolean {
  if (text === '' || text.includes('\0') || Buffer.byteLength(text) > MAX_BYTES) return false;
  const levels = text.split('/');
  return levels.every(
    (level, i) => !/[+#]/.test(level) || level === '+' || (level === '#' && i === levels.length - 1),
  );
}

/** Whether a topic filter matches a topic (MQTT 3.1.1, section 4.7). */
export const matches = (filter: string, topic: string): boolean => topicMatcher(filter)(topic);

/** The same for many topics: every message is asked for, so that nothing is cut up for it. */
export function topicMatcher(filter: string): (topic: string) => boolean {
  const levels = filter.split('/');
  return (topic) => {
    if (reachesForBrokers(filter, topic)) return false;
    let from = 0;
    for (const level of levels) {
      if (level === '#') return true;
      if (from > topic.length) return false;
      const slash = topic.indexOf('/', from);
      const end = slash === -1 ? topic.length : slash;
      if (level !== '+' && (end - from !== level.length || !topic.startsWith(level, from))) return false;
      from = end + 1;
    }
    return from > topic.length;
  };
}

/**
 * Whether the filter `wide` matches every topic that the filter `narrow` matches. A topic is a filter that matches
 * itself alone.
 */
export function covers(wide: string, narrow: string): boolean {
  if (reachesForBrokers(wide, narrow)) return false;
  const outer = wide.split('/');
  const inner = narrow.split('/');
  for (const [i, level] of outer.entries()) {
    if (level === '#') return true;
    const other = inner[i];
    if (other === undefined || other === '#' || (level !== '+' && level !== other)) return false;
  }
  return outer.length === inner.length;
}

/** What begins with `$` is the broker's own: a wildcard in its place does not reach it (section 4.7.2). */
const reachesForBrokers = (filter: string, topic: string): boolean =>
  topic.startsWith('$') && !filter.startsWith('$');
