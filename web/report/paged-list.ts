import { type Child, h } from './dom.ts';
import { counted } from './words.ts';

/** A choice by which a list is narrowed. */
export interface Filter<T> {
  readonly label: string;
  readonly options: readonly (readonly [words: string, isSuch: (item: T) => boolean])[];
}

/** An order in which a list may stand; the first is the one of the report. */
export interface Order<T> {
  readonly words: string;
  readonly compare: (a: T, b: T) => number;
}

export interface ListTerms<T> {
  /** The place of the section, and the words for what it lists. */
  readonly id: string;
  readonly noun: readonly [one: string, many: string];
  readonly items: readonly T[];
  readonly perPage: number;
  /** The place of an item: what links to it name. */
  readonly placeOf: (item: T) => string;
  /** All that a search looks through. */
  readonly textOf: (item: T) => string;
  readonly filters: readonly Filter<T>[];
  readonly orders?: readonly Order<T>[];
  /** Makes the elements of the items of a page. @param isOpen whether everything is to be shown */
  readonly show: (items: readonly T[], isOpen: boolean) => HTMLElement;
}

/** Items of one list that are printed. */
const PRINTED = 200;

/** A list of which one page stands in the document. */
export class PagedList<T> {
  readonly #terms: ListTerms<T>;
  readonly #texts = new Map<T, string>();
  readonly #status: HTMLElement;
  readonly #body: HTMLElement;
  readonly #pager: HTMLElement;
  readonly #chosen: number[];
  #order = 0;
  #words: readonly string[] = [];
  #found: readonly T[];
  #page = 0;
  readonly element: HTMLElement;

  constructor(terms: ListTerms<T>) {
    this.#terms = terms;
    this.#found = terms.items;
    this.#chosen = terms.filters.map(() => -1);
    this.#status = h('p', { class: 'status', role: 'status' });
    this.#body = h('div', { class: 'page' });
    this.#pager = h('nav', { class: 'pager', 'aria-label': `Pages of ${terms.noun[1]}` });
    this.element = h('div', { class: 'list' }, this.#controls(), this.#body, this.#pager);
    this.#find();
  }

  #controls(): HTMLElement {
    const { filters, orders = [], id } = this.#terms;
    const choices = filters.map(({ label, options }, index) =>
      this.#select(
        `${id}-filter-${index}`,
        label,
        ['all', ...options.map(([words]) => words)],
        (value) => {
          this.#chosen[index] = value - 1;
        },
      ),
    );
    const sorting =
      orders.length === 0
        ? []
        : [
            this.#select(
              `${id}-order`,
              'Order',
              orders.map(({ words }) => words),
              (value) => {
                this.#order = value;
              },
            ),
          ];
    return h('div', { class: 'controls' }, ...choices, ...sorting, this.#status);
  }

  #select(
    id: string,
    label: string,
    options: readonly string[],
    take: (value: number) => void,
  ): HTMLElement {
    const select = h(
      'select',
      { id },
      ...options.map((words, index) => h('option', { value: index }, words)),
    );
    select.addEventListener('change', () => {
      take(Number(select.value));
      this.#find();
    });
    return h('label', { for: id, class: 'choice' }, h('span', {}, label), select);
  }

  #textOf(item: T): string {
    const known = this.#texts.get(item);
    if (known !== undefined) return known;
    const text = this.#terms.textOf(item).toLowerCase();
    this.#texts.set(item, text);
    return text;
  }

  #find(): void {
    const { items, filters, orders = [] } = this.#terms;
    const tests = filters.flatMap(({ options }, index) => {
      const option = options[this.#chosen[index] ?? -1];
      return option === undefined ? [] : [option[1]];
    });
    const found = items.filter(
      (item) =>
        tests.every((isSuch) => isSuch(item)) &&
        this.#words.every((word) => this.#textOf(item).includes(word)),
    );
    const order = orders[this.#order];
    this.#found = order === undefined || this.#order === 0 ? found : found.toSorted(order.compare);
    this.#page = 0;
    this.#draw();
  }

  /** Narrows the list to what holds all of these words, in lower case. Gives how many items that are. */
  search(words: readonly string[]): number {
    if (words.join(' ') !== this.#words.join(' ')) {
      this.#words = words;
      this.#find();
    }
    return this.#found.length;
  }

  get #pages(): number {
    return Math.max(1, Math.ceil(this.#found.length / this.#terms.perPage));
  }

  #draw(): void {
    const { items, noun, perPage, show } = this.#terms;
    const from = this.#page * perPage;
    const shown = this.#found.slice(from, from + perPage);
    const all = counted(items.length, ...noun);
    const count =
      this.#found.length === items.length
        ? all
        : `${this.#found.length.toLocaleString('en')} of ${all}`;
    this.#status.textContent =
      this.#pages === 1 ? count : `${count}, ${from + 1} to ${from + shown.length} shown`;
    this.#body.replaceChildren(
      shown.length === 0 ? h('p', { class: 'quiet' }, 'Nothing to show.') : show(shown, false),
    );
    this.#drawPager();
  }

  #drawPager(): void {
    const button = (words: string, page: number): Child => {
      const one = h('button', { type: 'button' }, words);
      one.disabled = page < 0 || page >= this.#pages || page === this.#page;
      one.addEventListener('click', () => {
        this.#page = page;
        this.#draw();
        this.#pager.querySelector<HTMLElement>('button:not(:disabled)')?.focus();
        this.element.scrollIntoView({ block: 'start' });
      });
      return one;
    };
    const nodes =
      this.#pages === 1
        ? []
        : [
            button('First', 0),
            button('Previous', this.#page - 1),
            h('span', { class: 'quiet' }, `Page ${this.#page + 1} of ${this.#pages}`),
            button('Next', this.#page + 1),
            button('Last', this.#pages - 1),
          ];
    this.#pager.replaceChildren(...nodes.filter((node) => node !== undefined));
  }

  /** Brings an item into the document, whatever was searched for. Gives its element. */
  reveal(place: string): HTMLElement | undefined {
    const { items, placeOf, perPage } = this.#terms;
    const item = items.find((one) => placeOf(one) === place);
    if (item === undefined) return undefined;
    if (!this.#found.includes(item)) {
      this.#words = [];
      this.#chosen.fill(-1);
      for (const select of this.element.querySelectorAll('select')) select.value = '0';
      this.#order = 0;
      this.#find();
    }
    this.#page = Math.floor(this.#found.indexOf(item) / perPage);
    this.#draw();
    return document.getElementById(place) ?? undefined;
  }

  /** Shows for paper what is found, opened, up to a number of items. */
  print(): void {
    const { show, noun } = this.#terms;
    const shown = this.#found.slice(0, PRINTED);
    const more = this.#found.length - shown.length;
    if (shown.length === 0) return;
    this.#body.replaceChildren(
      show(shown, true),
      ...(more > 0
        ? [
            h(
              'p',
              { class: 'quiet' },
              `${counted(more, ...noun)} more are not printed: search or filter before printing.`,
            ),
          ]
        : []),
    );
  }

  /** Shows again what was shown before printing. */
  unprint(): void {
    this.#draw();
  }
}
