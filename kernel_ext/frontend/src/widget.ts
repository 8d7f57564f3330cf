/**
 * The anywidget entry: one session per model, one view per place where the model is shown.
 *
 * anywidget calls the default export once for every model and hands a *new* model object to each
 * `initialize` and `render`, so the closure of this function is the only thing a model's views share.
 *
 * The icons in the bundle are from Font Awesome Free by @fontawesome, https://fontawesome.com,
 * licence CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/).
 */
import { Session, type WidgetModel } from "./session";
import { View } from "./view";

/** What anywidget hands to a hook. */
interface Given {
  readonly model: WidgetModel;
}

export default function widget() {
  let session: Session | null = null;
  return {
    /** Called once, before the first view. Returns what ends the session. */
    initialize({ model }: Given): () => void {
      session?.close();
      session = new Session(model);
      return () => {
        session?.close();
        session = null;
      };
    },

    /** Called for every place where the model is shown. Returns what takes the view away. */
    render({ model, el }: Given & { readonly el: HTMLElement }): () => void {
      const view = new View((session ??= new Session(model)), el);
      return () => view.destroy();
    },
  };
}
