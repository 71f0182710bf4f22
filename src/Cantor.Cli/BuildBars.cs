using Cantor.Releases;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Cantor.Cli;

/// <summary>Bars on standard error while a build runs, one for each stage.</summary>
static class BuildBars
{
    /// <summary>Runs a build under bars; without them when standard error is no terminal or the answer is for a machine.</summary>
    internal static async Task<T> ShowAsync<T>(bool json, Func<IProgress<BuildProgress>?, Task<T>> build)
    {
        if (json || Console.IsErrorRedirected) return await build(null);
        // Nobody is asked anything, so it is interactive enough even when items come by standard input.
        var console = AnsiConsole.Create(new() { Out = new AnsiConsoleOutput(Console.Error), Interactive = InteractionSupport.Yes });
        // The bars go away at the end: the table that follows says how long each stage took.
        return await console.Progress().AutoClear(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new DoneColumn(), new ElapsedTimeColumn())
            .StartAsync(context => build(new Bars(context)));
    }

    /// <summary>A stage begins when it is first told of; those before it are then over. Several threads tell.</summary>
    sealed class Bars(ProgressContext context) : IProgress<BuildProgress>
    {
        readonly Lock _gate = new();
        readonly List<(string Stage, ProgressTask Bar)> _bars = [];

        public void Report(BuildProgress value)
        {
            lock (_gate)
            {
                var at = _bars.FindIndex(bar => bar.Stage == value.Stage);
                if (at < 0)
                {
                    foreach (var (_, over) in _bars) Finish(over);
                    at = _bars.Count;
                    _bars.Add((value.Stage, context.AddTask(value.Stage, new() { MaxValue = value.Total ?? long.MaxValue })));
                    _bars[at].Bar.IsIndeterminate = value.Total is null;
                }
                var current = _bars[at].Bar;
                if (value.Done > current.Value) current.Value = value.Done; // reports of two threads may come in the wrong order
                if (value.Done == 0 || value.Done == value.Total) context.Refresh();
            }
        }

        static void Finish(ProgressTask bar)
        {
            bar.IsIndeterminate = false;
            bar.MaxValue = Math.Max(1, bar.Value);
            bar.Value = bar.MaxValue;
            bar.StopTask();
        }
    }

    sealed class DoneColumn : ProgressColumn
    {
        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Markup(
                task.Value == 0 || task.MaxValue <= 1 ? ""
                : task.IsIndeterminate ? FormattableString.Invariant($"{task.Value:N0}")
                : FormattableString.Invariant($"{task.Value:N0} of {task.MaxValue:N0}"));
    }
}
