/**
 * The only way in which the report makes elements: by tag from a fixed list, attributes from a fixed list, and text as
 * text. Nothing that stands in a log can become markup, a link to elsewhere, or a script.
 * @module
 */

type HtmlTag =
  | 'a'
  | 'article'
  | 'button'
  | 'caption'
  | 'code'
  | 'dd'
  | 'details'
  | 'div'
  | 'dl'
  | 'dt'
  | 'figcaption'
  | 'figure'
  | 'footer'
  | 'h1'
  | 'h2'
  | 'h3'
  | 'header'
  | 'input'
  | 'label'
  | 'li'
  | 'nav'
  | 'ol'
  | 'option'
  | 'p'
  | 'section'
  | 'select'
  | 'span'
  | 'strong'
  | 'summary'
  | 'table'
  | 'tbody'
  | 'td'
  | 'th'
  | 'thead'
  | 'time'
  | 'tr'
  | 'ul';

type SvgTag = 'circle' | 'g' | 'line' | 'path' | 'rect' | 'svg' | 'text' | 'title';

type Attribute =
  | 'aria-controls'
  | 'aria-describedby'
  | 'aria-hidden'
  | 'aria-label'
  | 'aria-labelledby'
  | 'aria-live'
  | 'class'
  | 'datetime'
  | 'for'
  | 'id'
  | 'name'
  | 'role'
  | 'scope'
  | 'tabindex'
  | 'type'
  | 'value'
  | 'cx'
  | 'cy'
  | 'd'
  | 'dominant-baseline'
  | 'height'
  | 'r'
  | 'rx'
  | 'text-anchor'
  | 'transform'
  | 'viewBox'
  | 'width'
  | 'x'
  | 'x1'
  | 'x2'
  | 'y'
  | 'y1'
  | 'y2';

/** Values are text; a number is written out. */
export type Attributes = Partial<Record<Attribute, string | number>>;

/** What may stand in an element. */
export type Child = Node | string | undefined;

function filled<E extends Element>(
  element: E,
  attributes: Attributes,
  children: readonly Child[],
): E {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  for (const child of children) if (child !== undefined) element.append(child);
  return element;
}

/** An element of HTML. */
export function h<K extends HtmlTag>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  return filled(document.createElement(tag), attributes, children);
}

/** An element of SVG. */
export function s<K extends SvgTag>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[K] {
  return filled(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

/** A link to a place in the report, and nowhere else. */
export function link(place: string, ...children: readonly Child[]): HTMLAnchorElement {
  const anchor = h('a', {}, ...children);
  anchor.setAttribute('href', `#${place}`);
  return anchor;
}

/** A table with a head; `caption` names it for those who do not see what stands above it. */
export function table(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly Child[])[],
): HTMLElement {
  const tall = h(
    'table',
    {},
    h('caption', {}, caption),
    h('thead', {}, h('tr', {}, ...head.map((title) => h('th', { scope: 'col' }, title)))),
    h('tbody', {}, ...rows.map((cells) => h('tr', {}, ...cells.map((cell) => h('td', {}, cell))))),
  );
  return h('div', { class: 'scroll', tabindex: 0, role: 'group', 'aria-label': caption }, tall);
}

/** What a term is: text, an element, or several of them. */
type What = Child | readonly Child[];

function isOne(what: What): what is Child {
  return what === undefined || typeof what === 'string' || what instanceof Node;
}

/** Terms with what they are; those without anything are left out. */
export function facts(...entries: readonly (readonly [term: string, what: What])[]): HTMLElement {
  const lines = entries.flatMap(([term, what]) => {
    const parts = (isOne(what) ? [what] : what).filter(
      (part) =>
        part !== undefined && part !== '' && (typeof part === 'string' || part.textContent !== ''),
    );
    if (parts.length === 0) return [];
    return [h('div', {}, h('dt', {}, term), h('dd', {}, ...parts))];
  });
  return h('dl', { class: 'facts' }, ...lines);
}
