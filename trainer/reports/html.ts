/** Markup that may stand in a page as it is. Only `html` makes it, so nothing gets there unescaped. */
export class Html {
  readonly #markup: string;

  private constructor(markup: string) {
    this.#markup = markup;
  }

  /** For markup of our own which is not a template, as a style sheet. */
  static trusted(markup: string): Html {
    return new Html(markup);
  }

  toString(): string {
    return this.#markup;
  }
}

/** What a template takes: text and numbers are escaped, lists joined, and what is absent leaves nothing. */
export type Content = Html | string | number | false | undefined | readonly Content[];

/** @example html`<p title="${label}">${label}</p>` */
export const html = (strings: TemplateStringsArray, ...contents: readonly Content[]): Html =>
  Html.trusted(strings.map((text, i) => text + markupOf(contents[i])).join(''));

function markupOf(content: Content): string {
  if (content instanceof Html) return content.toString();
  if (content === undefined || content === false) return '';
  if (typeof content === 'string') return escaped(content);
  return typeof content === 'number' ? String(content) : content.map(markupOf).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Safe in text and in quoted attributes. Control characters, which a page may not hold, become their pictures. */
const escaped = (text: string): string =>
  text
    .replace(/[&<>"']/g, (character) => ENTITIES[character]!)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: tokens can be any byte
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f]/g, (control) =>
      String.fromCharCode(0x2400 + control.charCodeAt(0)),
    );
