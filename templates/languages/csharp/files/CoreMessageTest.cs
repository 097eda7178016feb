using Xunit;

namespace Example.<%name|pascal%>.Tests
{
    public class CoreTest
    {
        private static Message Of(string data)
        {
            return new Message("1", "here", Json.Parse(data));
        }

        [Fact]
        public void SaysWhatWasDone()
        {
            string done = Core.Handle(Of("{\"b\": 1, \"a\": 2}"));
            Assert.Equal("{\"id\":\"1\",\"source\":\"here\",\"fields\":[\"a\",\"b\"]}", done);
            Assert.Equal(done, Core.Handle(Of("{\"b\": 1, \"a\": 2}")));
        }

        [Theory]
        [InlineData("null")]
        [InlineData("\"text\"")]
        [InlineData("[1]")]
        [InlineData("7")]
        public void RefusesDataThatIsNoObject(string data)
        {
            Assert.Throws<InvalidMessageException>(() => Core.Handle(Of(data)));
        }
    }
}
