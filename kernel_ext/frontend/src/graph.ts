/**
 * The cytoscape side: the graph by ids, the camera (pan and zoom), grabbing and selecting.
 *
 * One card is one node, an invisible box that can be grabbed; one edge is one edge. cytoscape draws
 * neither: an edge's path is exact on our own canvas, also for loops and overlapping cards, where
 * cytoscape would bend or drop it, and a message never has to touch an element.
 */
import cytoscape from "cytoscape";
import type { Picture } from "./picture";
import type { Change } from "./store";

export const MIN_ZOOM = 0.05;
export const MAX_ZOOM = 3;

// Prefixes keep names from outside apart from edge numbers; ids are never used inside selectors.
const cardKey = (id: string): string => `card:${id}`;
const edgeKey = (n: number): string => `edge:${n}`;

/** What the owner of a graph wants to hear. */
export interface GraphEvents {
  /** The camera moved; `byUser` if a hand did it. */
  viewport(byUser: boolean): void;
  /** A card is being dragged: its upper left corner. */
  dragged(id: string, x: number, y: number): void;
  /** Cards have been dropped. */
  dropped(ids: readonly string[]): void;
  /** Cards have been let go without having been moved. */
  released(ids: readonly string[]): void;
  selected(): void;
}

export class Graph {
  readonly cy: cytoscape.Core;
  readonly #events: GraphEvents;
  readonly #held = new Set<string>();
  readonly #dropped = new Set<string>();
  readonly #released = new Set<string>();

  constructor(container: HTMLElement, events: GraphEvents) {
    this.#events = events;
    this.cy = cytoscape({
      container,
      elements: [],
      layout: { name: "null" },
      minZoom: MIN_ZOOM,
      maxZoom: MAX_ZOOM,
      userZoomingEnabled: false,
      boxSelectionEnabled: true,
      selectionType: "single",
      pixelRatio: 1,
      style: [
        {
          selector: "node",
          style: {
            shape: "rectangle",
            width: "data(w)",
            height: "data(h)",
            "background-opacity": 0,
            "border-width": 0,
            "overlay-opacity": 0,
            "min-zoomed-font-size": 1_000,
          },
        },
        { selector: "edge", style: { display: "none" } },
        { selector: "core", style: { "active-bg-opacity": 0 } as cytoscape.Css.Core },
      ] as cytoscape.StylesheetJson,
    });
    this.#listen();
  }

  #listen(): void {
    const { cy } = this;
    const idOf = (event: cytoscape.EventObject): string => event.target.data("card") as string;
    cy.on("viewport", () => this.#events.viewport(false));
    cy.on("dragpan pinchzoom", () => this.#events.viewport(true));
    cy.on("grab", "node", (event) => void this.#held.add(idOf(event)));
    cy.on("free", "node", (event) => {
      this.#held.delete(idOf(event));
      // Several selected cards are freed one after the other, in one turn; "dragfree" comes last.
      if (this.#released.size === 0) queueMicrotask(this.#letGo);
      this.#released.add(idOf(event));
    });
    cy.on("drag", "node", (event) => {
      const { x, y } = event.target.position();
      const { w, h } = event.target.data();
      this.#events.dragged(idOf(event), x - w / 2, y - h / 2);
    });
    cy.on("dragfree", "node", (event) => void this.#dropped.add(idOf(event)));
    cy.on("select unselect", () => this.#events.selected());
  }

  readonly #letGo = (): void => {
    const dropped = [...this.#dropped];
    const released = [...this.#released].filter((id) => !this.#dropped.has(id));
    this.#dropped.clear();
    this.#released.clear();
    if (this.cy.destroyed()) return;
    if (dropped.length > 0) this.#events.dropped(dropped);
    if (released.length > 0) this.#events.released(released);
  };

  /** True while the user's hand has the card. */
  get isAnyHeld(): boolean {
    return this.#held.size > 0;
  }

  isHeld(id: string): boolean {
    return this.#held.has(id);
  }

  /** Adds, moves and removes exactly the elements of a change. */
  apply(change: Change, picture: Picture): void {
    const { cy } = this;
    cy.batch(() => {
      for (const n of change.goneEdges) cy.getElementById(edgeKey(n)).remove();
      for (const id of change.goneCards) {
        this.#held.delete(id);
        cy.getElementById(cardKey(id)).remove();
      }
      const added: cytoscape.ElementDefinition[] = [];
      const edges = new Set(change.edges);
      for (const id of change.cards) {
        // An edge may have been told before its card.
        if (this.#putCard(id, picture, added)) for (const { edge } of picture.edgesAt(id)) edges.add(edge.n);
      }
      for (const n of edges) this.#putEdge(n, picture, added);
      if (added.length > 0) cy.add(added);
    });
  }

  /** True if the card is new. */
  #putCard(id: string, picture: Picture, added: cytoscape.ElementDefinition[]): boolean {
    const drawn = picture.cards.get(id)!;
    const { w, h } = drawn.card;
    const node = this.cy.getElementById(cardKey(id));
    const position = { x: drawn.x + w / 2, y: drawn.y + h / 2 };
    if (node.empty()) {
      added.push({ group: "nodes", data: { id: cardKey(id), card: id, w, h }, position });
      return true;
    }
    if (node.data("w") !== w || node.data("h") !== h) node.data({ w, h });
    this.#place(node, position);
    return false;
  }

  #putEdge(n: number, picture: Picture, added: cytoscape.ElementDefinition[]): void {
    const { edge } = picture.edges.get(n)!;
    const source = cardKey(edge.source);
    const target = cardKey(edge.target);
    const element = this.cy.getElementById(edgeKey(n));
    if (element.nonempty()) {
      if (element.data("source") !== source || element.data("target") !== target) element.move({ source, target });
      return;
    }
    // An edge whose card is not in the scene cannot be drawn, and cytoscape would throw.
    if (picture.cards.has(edge.source) && picture.cards.has(edge.target))
      added.push({ group: "edges", data: { id: edgeKey(n), n, source, target } });
  }

  #place(node: cytoscape.CollectionReturnValue, position: cytoscape.Position): void {
    const now = node.position();
    if (now.x !== position.x || now.y !== position.y) node.position(position);
  }

  /** Puts nodes where the picture has their cards. */
  placeCards(ids: Iterable<string>, picture: Picture): void {
    this.cy.batch(() => {
      for (const id of ids) {
        const drawn = picture.cards.get(id);
        const node = this.cy.getElementById(cardKey(id));
        if (drawn && node.nonempty())
          this.#place(node, { x: drawn.x + drawn.card.w / 2, y: drawn.y + drawn.card.h / 2 });
      }
    });
  }

  selectedCards(): Set<string> {
    return new Set(this.cy.nodes(":selected").map((node) => node.data("card") as string));
  }

  selectedEdges(): Set<number> {
    return new Set(this.cy.edges(":selected").map((edge) => edge.data("n") as number));
  }

  selectEdge(n: number, add: boolean): void {
    const edge = this.cy.getElementById(edgeKey(n));
    if (!add) this.cy.elements(":selected").not(edge).unselect();
    if (add && edge.selected()) edge.unselect();
    else edge.select();
  }

  selectCard(id: string): void {
    const node = this.cy.getElementById(cardKey(id));
    this.cy.elements(":selected").not(node).unselect();
    node.select();
  }

  unselectAll(): void {
    this.cy.elements(":selected").unselect();
  }

  destroy(): void {
    this.cy.destroy();
  }
}
