using System.IO;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Example.<%name|pascal%>.Tests
{
    public class AwsTest
    {
        private static JsonElement Call(string sample)
        {
            var input = new MemoryStream(Encoding.UTF8.GetBytes(Sample.Read(sample)));
            return Json.Parse(new StreamReader(new AwsHandler().Handle(input)).ReadToEnd());
        }

<%if trigger == "http"%>
        [Theory]
        [InlineData("aws-http", 200, "Ada")]
        [InlineData("aws-http-post", 200, "Grace")]
        [InlineData("aws-http-invalid", 400, "error")]
        public void AnswersARequest(string sample, int status, string text)
        {
            JsonElement answer = Call(sample);
            Assert.Equal(status, answer.GetProperty("statusCode").GetInt32());
            Assert.Contains(text, Json.Text(answer, "body"));
        }
<%elif trigger == "queue" or trigger == "stream"%>
        [Fact]
        public void HandlesTheBatch()
        {
            Assert.Equal(0, Call("aws-<%trigger%>").GetProperty("batchItemFailures").GetArrayLength());
        }
<%if trigger == "queue"%>

        [Fact]
        public void NamesOnlyTheMessageThatFailed()
        {
            JsonElement failed = Call("aws-queue-poison").GetProperty("batchItemFailures");
            Assert.Equal(1, failed.GetArrayLength());
            JsonElement second = Json.Parse(Sample.Read("aws-queue-poison")).GetProperty("Records")[1];
            Assert.Equal(Json.Text(second, "messageId"), Json.Text(failed[0], "itemIdentifier"));
        }
<%end%>
<%else%>
        [Fact]
        public void HandlesTheEvent()
        {
            Assert.Equal(JsonValueKind.Null, Call("aws-<%trigger%>").ValueKind);
        }
<%if trigger == "event"%>

        [Fact]
        public void FailsForAnEventItCannotUse()
        {
            Assert.Throws<InvalidMessageException>(() => Call("aws-event-poison"));
        }
<%end%>
<%end%>
    }
}
