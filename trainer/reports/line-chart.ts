import { type Html, html } from './html.ts';
import { type Axis, dotPath, legendEntry, linePath, type Point, plot } from './plot.ts';

export interface Series {
  readonly name: string;
  /** Gives the ink (style/theme.css). */
  readonly className: string;
  /** By ascending x; y is NaN where nothing is known. */
  readonly points: readonly Point[];
  /** Also a dot on each point. */
  readonly hasDots?: boolean;
  /** Left out of the legend. */
  readonly isBackground?: boolean;
}

export interface LineChart {
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  /** One point that matters, with what it is. */
  readonly mark?: { readonly name: string; readonly point: Point };
  readonly heightPx?: number;
  readonly description: string;
}

/** Lines over a common x axis. */
export function lineChart({ x, y, series, mark, heightPx = 220, description }: LineChart): Html {
  const named = series.filter(({ isBackground }) => !isBackground);
  const legend = [
    ...(named.length > 1 ? named.map(({ className, name }) => legendEntry(className, name)) : []),
    ...(mark ? [legendEntry('ink-mark', mark.name)] : []),
  ];
  return plot({ x, y, heightPx, description, ...(legend.length > 0 && { legend }) }, [
    mark &&
      html`<path class="mark-line" d="${`M${linePath([mark.point], x.scale, y.scale).slice(1)}V1000`}"/>`,
    series.map(({ className, points, hasDots, isBackground }) => [
      html`<path class="line ${className}${isBackground ? ' background' : ''}" d="${linePath(points, x.scale, y.scale)}"/>`,
      hasDots && html`<path class="dots ${className}" d="${dotPath(points, x.scale, y.scale)}"/>`,
    ]),
    mark && html`<path class="mark ink-mark" d="${dotPath([mark.point], x.scale, y.scale)}"/>`,
  ]);
}
