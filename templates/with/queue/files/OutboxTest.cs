using System;
using System.Linq;
using System.Threading;
using Xunit;

namespace Example.<%name|pascal%>.Tests
{
    /// <summary>With QUEUE_URL set, all of it runs against that server; with files otherwise.</summary>
    public sealed class OutboxTest : IDisposable
    {
        private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(10);

        private readonly Scratch scratch = new Scratch();
        private readonly IOutbox queue;
        private readonly IOutbox other;

        public OutboxTest()
        {
            queue = Outbox.Connect(scratch.Folder);
            other = Outbox.Connect(scratch.Folder);
            for (Taken? left = queue.Take(TimeSpan.Zero); left != null; left = queue.Take(TimeSpan.Zero))
            {
                queue.Done(left);
            }
        }

        public void Dispose()
        {
            queue.Dispose();
            other.Dispose();
            scratch.Dispose();
        }

        [Fact]
        public void GivesEachMessageToOneInTheOrderTheyCame()
        {
            string[] sent = Enumerable.Range(0, 3).Select(n => queue.Send(Json.Of(n))).ToArray();
            Taken?[] taken = { queue.Take(Outbox.Lease), other.Take(Outbox.Lease), queue.Take(Outbox.Lease) };
            Assert.Equal(sent, taken.Select(message => message?.Id));
            Assert.Equal(new int?[] { 0, 1, 2 }, taken.Select(message => message?.Data.GetInt32()));
            Assert.Null(other.Take(Outbox.Lease));
        }

        [Fact]
        public void DeliversAgainWhatIsNotDoneInTime()
        {
            string id = queue.Send(Json.Of(1));
            Assert.Equal(id, queue.Take(Short)?.Id);
            Thread.Sleep(50);
            Taken? again = other.Take(Short);
            Assert.NotNull(again);
            Assert.Equal(id, again.Id);
            other.Done(again);
            Thread.Sleep(50);
            Assert.Null(queue.Take(Short));
        }
    }
}
