import type { TextSink } from '../commandline/terminal.ts';

/** Shorter ones would black out half of every line, and are no secrets. */
const LEAST_CHARACTERS = 4;
const HIDDEN = '***';

/**
 * A stream on which none of these texts appears, whoever writes it and in which sentence; as it stands in JSON too.
 *
 * @param secrets read anew for each line: a reload brings others
 */
export function hidingSecrets(sink: TextSink, secrets: Iterable<string>): TextSink {
  const hidden = () =>
    [...secrets]
      .filter((secret) => secret.length >= LEAST_CHARACTERS)
      .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)])
      // A secret within another one would leave the rest of it.
      .sort((a, b) => b.length - a.length);
  return {
    write: (text) => sink.write(hidden().reduce((shown, secret) => shown.replaceAll(secret, HIDDEN), text)),
    ...(sink.isTTY !== undefined && { isTTY: sink.isTTY }),
    ...(sink.columns !== undefined && { columns: sink.columns }),
  };
}
